package server

import (
	"context"

	"gatehouse/internal/config"
)

// Reload makes the gateway, the certificates and the declared pools follow a new
// configuration. Addresses, database and keys change only with a restart.
func (s *Server) Reload(ctx context.Context, c *config.Config) error {
	if err := s.gateway.reload(ctx, c); err != nil {
		return err
	}
	if keeper := s.certs.Load(); keeper != nil {
		if err := keeper.Replace(s.certificates(c)); err != nil {
			return err
		}
	}
	if s.directory == nil || c.Directory == nil {
		return nil
	}
	return s.directory.declare(ctx, c.Directory.Pools)
}

// Warnings lists what the routes and their policies allow and may not be meant.
func (s *Server) Warnings() []string {
	if s.gateway == nil {
		return nil
	}
	return s.gateway.gateway.Warnings()
}
