package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// reading are the commands that change nothing of an installation. A new command is put
// into one of the two lists.
var reading = []string{
	"access test", "ca export", "ca trust", "check", "demo", "dev", "diff", "device list", "explain", "factors list", "import-jobs report", "k8s exec-credential", "keys list",
	"messages list", "serve", "sessions list", "tunnel", "user list", "version",
}

func TestEveryCommandIsAuditedOrReads(t *testing.T) {
	seen := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		name := nameOf(c)
		if c.HasSubCommands() && !slices.Contains(audited, name) || !c.Runnable() || c.Name() == "help" {
			return
		}
		seen[name] = true
		if slices.Contains(audited, name) == slices.Contains(reading, name) {
			t.Errorf("%s must be in one of the lists audited and reading", name)
		}
		if slices.Contains(audited, name) && c.Flag("config") == nil {
			t.Errorf("%s has no --config, by which its audit trail is found", name)
		}
	}
	walk(newRoot())
	for _, name := range append(slices.Clone(audited), reading...) {
		if !seen[name] {
			t.Errorf("there is no command %s", name)
		}
	}
}

// No flag whose value is written down may name a secret, or where one is.
func TestFlagsOfTheAuditTrailAreNoSecrets(t *testing.T) {
	for _, name := range []string{"passphrase", "passphrase-file", "claim", "recipient", "key", "secret", "access-key", "endpoint", "service-account", "service-account-file", "token"} {
		if slices.Contains(auditedFlags, name) {
			t.Errorf("the value of --%s is written down", name)
		}
	}
}
