"""The web server: gunicorn, with a worker that receives and sends without occupying threads.

Threads get complete requests only, so a slow or silent caller never occupies one::

    worker       gunicorn's hooks, the loop, the threads
    connection   one socket: its state and its deadline
    crowd        all connections of a process, limited in number and bytes
    intake       bytes in, requests out          body    the framing of a body
    outbox       an answer that is being sent
    pace         the lowest accepted data rate   limits  the settings
    refusals     errors answered before any view is called
"""
