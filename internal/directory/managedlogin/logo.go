package managedlogin

import (
	"context"
	"errors"
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/userpool"
)

// Looks has the looks of pools; package branding's engine does.
type Looks interface {
	Customization(ctx context.Context, pool userpool.PoolID, owner string) (*branding.Customization, error)
}

// showLogo answers with the logo of an app client, or of all clients. Its address has
// a version, so that a browser may keep it.
func (s *Server) showLogo(w http.ResponseWriter, r *http.Request) error {
	web.NoteEdge(r.Context(), "managedlogin")
	pool, _, err := s.Resolve(r)
	if err != nil {
		return err
	}
	c, err := s.Looks.Customization(r.Context(), pool.ID, r.URL.Query().Get("client"))
	if errors.Is(err, branding.ErrCustomizationNotFound) || err == nil && len(c.Logo) == 0 {
		return errNoLogo
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", c.LogoType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "public, max-age=3600")
	_, err = w.Write(c.Logo)
	return err
}
