# SPDX-License-Identifier: BSD-2-Clause
"""scenario - a promise of the program, and the function that tests it

A scenario gets a Gateway, sets a policy, sends mail through the real MTA and
raises gateway.Broken if the promise was not kept. Its name is the promise.
"""

import typing

ALL = []


class Scenario(typing.NamedTuple):
    promise: str
    function: typing.Callable
    needs: frozenset            # features the MTA must have


def scenario(promise, needs=()):
    """Registers the function under its promise. needs: names of features of
    the MTA (see `features` of its class) without which it proves nothing."""
    def register(function):
        ALL.append(Scenario(promise, function, frozenset(
            [needs] if isinstance(needs, str) else needs)))
        return function

    return register
