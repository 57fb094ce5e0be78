package server

import (
	"context"

	"gatehouse/internal/config"
)

// Reload makes the declared pools, the certificates and the gateway follow a new
// configuration, and the address that redirects to TLS. Other addresses, the
// database and the keys change only with a restart. A reload that fails changes
// nothing: the pools, which are written to the database, come after all else that
// may fail.
func (s *Server) Reload(ctx context.Context, c *config.Config) (err error) {
	if err := s.reloadable(c); err != nil {
		return err
	}
	ln, err := s.redirect.open(c.HTTPRedirectAddr)
	if err != nil {
		return err
	}
	before := s.claims.Swap(claimsOf(c))
	defer func() {
		if err != nil {
			s.claims.Store(before)
			closeIfOpen(ln)
		}
	}()
	next, err := s.prepareReload(ctx, c)
	if err != nil {
		return err
	}
	if s.directory != nil && c.Directory != nil {
		if err := s.directory.follow(ctx, c, declaredPools(c, s.sealer)); err != nil {
			next.drop()
			return err
		}
	}
	next.use()
	s.manageCertificates(c)
	s.redirect.move(c.HTTPRedirectAddr, ln)
	return nil
}

// prepareReload prepares the certificates and the gateway.
func (s *Server) prepareReload(ctx context.Context, c *config.Config) (change, error) {
	next, err := s.gateway.prepareReload(ctx, c)
	keeper := s.certs.Load()
	if err != nil || keeper == nil {
		return next, err
	}
	useCerts, err := keeper.Prepare(s.certificates(c))
	if err != nil {
		next.drop()
		return change{}, err
	}
	useAsking, err := s.asking.prepare(c)
	if err != nil {
		next.drop()
		return change{}, err
	}
	useGateway := next.use
	next.use = func() { useCerts(); useAsking(); useGateway() }
	return next, nil
}

// reloadable refuses what can be seen to be wrong before anything changes.
func (s *Server) reloadable(c *config.Config) error {
	if err := s.gateway.reloadable(c); err != nil {
		return err
	}
	if err := s.samePeople(c); err != nil {
		return err
	}
	_, _, err := routeTable(c)
	return err
}

// follow makes the declared pools what a new configuration says. It refuses routes
// that name the domain of a pool first.
func (d *directory) follow(ctx context.Context, c *config.Config, pools []config.Pool) error {
	if err := d.refuseClaimed(ctx, c); err != nil {
		return err
	}
	return d.declare(ctx, pools)
}

// Warnings lists what the routes and their policies allow and may not be meant.
func (s *Server) Warnings() []string {
	if s.gateway == nil {
		return nil
	}
	return s.gateway.gateway.Warnings()
}
