# SPDX-License-Identifier: Apache-2.0
"""What scenario tests and the demo share: private daemons, SNMP, ports, deadlines.

Standard library only (pytest is needed by fixtures.py and tap.py alone), so that the
demo runs without pytest. Everything started here listens on 127.0.0.0/8 on free high
ports, lives in its own temporary directory and is ended by its process id.
"""
