"""Services as WHM API 1 restarts them: Exim alone is one here."""


def functions(refused):
    """{function: (ACL, call)}."""
    def restart(_login, args):
        import subprocess
        if args.get("service") != "exim":
            raise refused("The service is not known here.")
        subprocess.run(["/usr/sbin/exim", "-bd", "-q1m"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"service": "exim", "output": "exim started successfully."}

    return {"restartservice": ("restart", restart)}
