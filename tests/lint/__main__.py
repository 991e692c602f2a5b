import argparse
import os
import sys

from lint import (calls, catalogue, floor, headers, helper, layering, pages, purity, registry,
                  scripts, size, words)
from lint.tree import Tree

RULES = {
    "a layer includes only what stands below it": layering.check,
    "the pure layers compute and nothing else": purity.check,
    "no call that invites a shell or an overflow": calls.banned,
    "no global state outside the mains": calls.state,
    "headers compile alone": headers.check,
    "the helper links base and priv only": helper.check,
    "templates escape and keep to the content policy": pages.check,
    "an account's pages say the catalogue's words alone": catalogue.written_elsewhere,
    "the catalogue has what they say and nothing else": catalogue.complete,
    "checks, fixes and verbs are named as their files": registry.names,
    "checks have a case and a silent twin": registry.cases,
    "parsers of foreign text are fuzzed": registry.fuzzed,
    "what is called was there in the oldest releases": floor.check,
    "files and functions fit their purpose": size.check,
    "files speak of the product": words.check,
    "shell scripts pass shellcheck": scripts.check,
}


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(prog="python3 -m lint")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    tree = Tree(options.root, os.path.abspath(options.build))
    failed = 0
    print(f"1..{len(RULES)}")
    for name, rule in RULES.items():
        faults = list(rule(tree))
        failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} - {name}")
        for fault in faults:
            print("  " + fault.replace("\n", "\n  "))
    return 1 if failed else 0


sys.exit(main())
