package server

import (
	"context"
	"errors"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/config"
	"gatehouse/internal/gateway/accessapi"
	"gatehouse/internal/store"
)

// TestLink returns a link to the test pages of the team domain, for the command
// line. The server need not run.
func TestLink(ctx context.Context, c *config.Config, p Patience) (string, error) {
	if c.Access == nil {
		return "", errors.New("access.team_domain is not set: there are no identity providers to test")
	}
	st, sealer, err := openUsed(ctx, c, store.Options{}, p)
	if err != nil {
		return "", err
	}
	defer st.Close()
	box, err := accessBox(secretsOf(c, sealer))
	if err != nil {
		return "", err
	}
	return accessapi.TestLink(c.Access.TeamDomain, box, time.Now()), nil
}

// accessBox seals the cookies and links of the team domain.
func accessBox(k secrets) (*seal.Box, error) { return seal.NewBox(k.cookie, "access cookies") }
