"""Many callers of one client: tokens are fetched once."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from faceplatform_sdk import AsyncClient
from tests.sdk.scripted import BASE, KEY, SECRET, ok, problem, sync_client

CALLERS = 8


def test_threads_exchange_and_renew_once(service):
    together = Barrier(CALLERS)
    service.answers = [ok()] * 2 * CALLERS
    with sync_client(service) as client, ThreadPoolExecutor(CALLERS) as pool:

        def call(_):
            together.wait(timeout=10)
            return client.request("GET", "/api/")

        list(pool.map(call, range(CALLERS)))
        service.now += 900
        list(pool.map(call, range(CALLERS)))
    assert [path for path, _ in service.exchanges] == [
        "/api/core/auth/client/",
        "/api/core/auth/token/refresh/",
    ]


def test_tasks_exchange_once(service):
    service.answers = [ok()] * CALLERS

    async def handle(request):
        await asyncio.sleep(0)  # lets the other tasks ask meanwhile
        return service.handle(request)

    async def call():
        http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
        async with AsyncClient(BASE, KEY, SECRET, http=http) as client:
            await asyncio.gather(*(client.request("GET", "/api/") for _ in range(CALLERS)))

    asyncio.run(call())
    assert len(service.exchanges) == 1


def test_a_token_that_several_calls_report_is_exchanged_once(service):
    together = Barrier(2)
    refused = [problem(401, "token_invalid"), problem(401, "token_invalid")]
    service.answers = [ok(), *refused, ok(), ok()]
    with sync_client(service) as client, ThreadPoolExecutor(2) as pool:
        client.request("GET", "/api/")
        handle = service.handle

        def held(request):
            answer = handle(request)
            if answer.status_code == 401:
                together.wait(timeout=10)
            return answer

        client._transport._http = httpx.Client(transport=httpx.MockTransport(held))
        list(pool.map(lambda _: client.request("GET", "/api/"), range(2)))
    assert len(service.exchanges) == 2


def test_a_fork_needs_a_client_of_its_own(service, monkeypatch):
    service.answers = [ok()]
    with sync_client(service) as client:
        client.request("GET", "/api/")
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with pytest.raises(RuntimeError, match="each process"):
            client.request("GET", "/api/")
    assert len(service.seen) == 1
