"""Laurel: the gateway through which a city rewards its volunteers and honorees.

A request flows one way:

    HTTP -> web (size, media type) -> auth (who is calling) -> schema (translate in)
         -> services (decide) -> domain rules
                  \\-> ports, implemented by store and auth
"""

__version__ = "0.1.0"
