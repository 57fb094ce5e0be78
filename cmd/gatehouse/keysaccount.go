package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"gatehouse/internal/operator"
)

// accountFacts are the flags of keys create for a service account.
type accountFacts struct {
	groups, claims []string
	life           time.Duration
}

func (a *accountFacts) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&a.groups, "group", nil, "a group of the service account; may be repeated")
	f.StringArrayVar(&a.claims, "claim", nil, "a claim of the service account, as name=value; may be repeated")
	f.DurationVar(&a.life, "expires-in", 0, "how long the service account lives; 0: until it is revoked")
}

func (a *accountFacts) given() bool { return len(a.groups)+len(a.claims) > 0 || a.life != 0 }

// create makes a service account and prints its token.
func (a *accountFacts) create(ctx context.Context, out io.Writer, keys *operator.Engine, name string) (id string, err error) {
	facts := operator.Facts{Groups: a.groups, Claims: map[string]string{}}
	for _, claim := range a.claims {
		key, value, ok := strings.Cut(claim, "=")
		if !ok {
			return "", wrongUsage("--claim takes name=value")
		}
		facts.Claims[key] = value
	}
	var end time.Time
	if a.life != 0 {
		end = time.Now().Add(a.life)
	}
	k, token, err := keys.CreateAccount(ctx, name, facts, end)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(out, "id:    %s\ntoken: %s\n", k.ID, token.Reveal())
	return k.ID, err
}
