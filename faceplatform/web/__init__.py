"""The web server: gunicorn, with a worker that reads requests and sends answers without a thread.

A thread is given complete requests only, so callers that are slow or silent take none::

    worker       gunicorn's hooks, the loop, the threads
    connection   one socket: what it waits for, until when
    crowd        all connections of a process, bounded in number and bytes
    intake       bytes in, requests out      body    the framing of a body
    outbox       an answer on its way out
    pace         how slow a peer may be      limits  the settings
    refusals     what is answered before any view is asked
"""
