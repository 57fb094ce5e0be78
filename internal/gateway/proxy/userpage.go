package proxy

import (
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/session"
)

// userPage shows a person what the gateway knows about them: the names and
// values that policies can ask for.
func (c *compiled) userPage(w http.ResponseWriter, r *http.Request) error {
	s, err := c.sessionOf(r, web.Host(r))
	if err != nil {
		return err
	}
	return c.page(w, http.StatusOK, identityPage{s}.doc())
}

// shownAs is what a person knows themself by.
func shownAs(s *session.Session) string {
	for _, name := range []string{s.Identity.Email, s.Identity.Name, s.Identity.UserID} {
		if name != "" {
			return name
		}
	}
	return "somebody without a name"
}
