package managedlogin

import (
	"encoding/json"
	"net/http"

	"gatehouse/internal/base/web"
)

// wellKnownPath is where a browser asks the relying party of passkeys which other
// origins may use them. WebAuthn §5.11.
const wellKnownPath = "/.well-known/webauthn"

// showOrigins answers at the domain to which the pool's passkeys belong.
func (s *Server) showOrigins(w http.ResponseWriter, r *http.Request) error {
	web.NoteEdge(r.Context(), "managedlogin")
	pool, _, err := s.Resolve(r)
	if err != nil {
		return err
	}
	origins, err := s.SignIn.RelatedOrigins(r.Context(), pool, web.Host(r))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=300")
	return json.NewEncoder(w).Encode(map[string][]string{"origins": origins})
}
