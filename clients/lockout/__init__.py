"""Delays and locks after failed attempts, by NIST SP 800-63B-4, section 3.2.3.

One session is one attempt. It is reserved before the session says how a frame compared, and counts
as failed in the end unless it succeeded, whichever way it ended. So attempts at the same time are
no more than attempts in a row.
"""
