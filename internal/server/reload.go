package server

import (
	"context"

	"gatehouse/internal/base/audit"
	"gatehouse/internal/config"
)

// Reload makes the declared pools, the certificates, the authorities and the gateway
// follow a new configuration, who may read the metrics, and the address that redirects
// to TLS. Other addresses, the database and the keys change only with a restart. A reload that fails changes
// nothing: the pools, which are written to the database, come after all else that
// may fail.
func (s *Server) Reload(ctx context.Context, c *config.Config) (err error) {
	defer func() {
		audit.Write(ctx, s.log, audit.Change{Actor: audit.Configuration, ActorID: c.Path(), Action: "reload", Err: err})
	}()
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

// prepareReload prepares the gateway, the certificates, and what else follows a
// configuration.
func (s *Server) prepareReload(ctx context.Context, c *config.Config) (change, error) {
	next, err := s.gateway.prepareReload(ctx, c)
	if err != nil {
		return next, err
	}
	var uses []func()
	for _, prepare := range []func(*config.Config) (func(), error){s.trusted.prepare, s.metered.prepare, s.prepareCertificates} {
		use, err := prepare(c)
		if err != nil {
			next.drop()
			return change{}, err
		}
		uses = append(uses, use)
	}
	uses = append(uses, next.use)
	next.use = func() {
		for _, use := range uses {
			use()
		}
	}
	return next, nil
}

// prepareCertificates prepares the certificates of the main address, and which
// certificates clients are asked for there.
func (s *Server) prepareCertificates(c *config.Config) (use func(), err error) {
	keeper := s.certs.Load()
	if keeper == nil {
		return func() {}, nil
	}
	useCerts, err := keeper.Prepare(s.certificates(c))
	if err != nil {
		return nil, err
	}
	useAsking, err := s.asking.prepare(c)
	if err != nil {
		return nil, err
	}
	return func() { useCerts(); useAsking() }, nil
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
