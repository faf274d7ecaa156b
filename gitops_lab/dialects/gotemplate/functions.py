"""All functions that a template may call: Go's own and Sprig's; and those that are refused."""

from gitops_lab.dialects.gotemplate.builtins import BUILTINS
from gitops_lab.dialects.gotemplate.lists import LISTS
from gitops_lab.dialects.gotemplate.maps import MAPS
from gitops_lab.dialects.gotemplate.numbers import NUMBERS
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.strings import STRINGS

FUNCTIONS: dict[str, Function] = {**BUILTINS, **STRINGS, **LISTS, **MAPS, **NUMBERS}

REFUSED = """
ago bcrypt buildCustomCert date dateInZone dateModify date_in_zone date_modify decryptAES
derivePassword duration durationRound encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert
genSelfSignedCertWithKey genSignedCert genSignedCertWithKey hello htmlDate htmlDateInZone htpasswd
mustDateModify mustToDate must_date_modify now randAlpha randAlphaNum randAscii randBytes randInt
randNumeric shuffle toDate typeIsLike unixEpoch uuidv4 wrap wrapWith osBase osClean osDir osExt
osIsAbs base clean dir ext isAbs urlParse urlJoin semver swapcase initials camelcase deepEqual
"""
"""Functions of Sprig that are not here: most give another result each time."""
