"""What our servers share above uvicorn: ASGI's names, a server in a thread, WebSockets.

API server, node, Git server and page each build their own application and limits on this.
"""
