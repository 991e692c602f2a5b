"""The product's programs in the box under another one that looks on (valgrind, strace): its words
stand in a file of the box, and are put before theirs."""

PATH = "/run/lab/under"


def words():
    """[] where nothing looks on."""
    try:
        with open(PATH, encoding="utf-8") as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def before(argv):
    """The users' front has a limit of memory that is no other program's."""
    ours = "/relaydoctor" in argv[0] and argv[1:] != ["user"]
    return [*words(), *argv] if ours else argv
