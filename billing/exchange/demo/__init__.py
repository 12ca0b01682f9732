"""The demo company: two clients, three vendors and a quarter of trips, the same on every machine.

Everything comes from one fixed seed, integers and Decimals, so two runs give equal records. All names are invented;
the PANs begin with ZZZ so that no GSTIN here can belong to anybody.
"""
