package server

import (
	"strings"
	"testing"

	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
)

// Without a suffix no host is a prefix domain's: it would never answer.
func TestAPrefixDomainNeedsASuffix(t *testing.T) {
	taken := (&Server{}).hostTaken(&config.Directory{})
	if got := taken(&userpool.Domain{Name: "staff"}); !strings.Contains(got, "directory.domain_suffix") {
		t.Errorf("got %q, want the key that is missing", got)
	}
}
