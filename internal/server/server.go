// Package server builds the whole system from one configuration: it opens the
// store, makes the engines and the edges, and says which host is answered by
// which. The command line and the tests call the same [New].
//
//	listener ─▶ Observer ─▶ hosts ─┬─▶ directory's host: API, issuers, console
//	                               ├─▶ a pool's domain: OAuth, sign-in pages
//	                               ├─▶ gateway's hosts: routes, sign-in service
//	                               └─▶ the team domain
//
// It is the only package that imports the store. It holds no rules: what a
// setting means is decided in the engine that acts on it.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/telemetry"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/console"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
	"gatehouse/internal/store"
)

// Options is what a server is built from.
type Options struct {
	Config *config.Config
	Log    *slog.Logger       // nil: nothing is logged
	Now    func() time.Time   // nil: time.Now
	Meter  *telemetry.Metrics // nil: none
	Tracer *telemetry.Tracer  // nil: no traces
	Dev    *Dev               // nil: production
}

type options = Options

// Dev is what is different in development.
type Dev struct {
	AnyKey bool // any access key signs; only on a loopback address
	Start  console.Start
}

// Server is the running system. Close it when done.
type Server struct {
	Outbox *message.Outbox // what was caught in development; nil in production

	log       *slog.Logger
	store     *store.Store
	sealer    *seal.Sealer
	keys      *operator.Engine
	directory *directory // nil: none configured
	gateway   *gatewayPart
	handler   http.Handler
	now       func() time.Time
	certs     atomic.Pointer[certs.Store] // nil until TLS is served

	stop  context.CancelFunc
	work  sync.WaitGroup
	later *later
}

// New opens the store, declares the configured pools and builds the handler.
func New(ctx context.Context, o Options) (_ *Server, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{log: o.Log, now: o.Now, later: newLater(o.Log)}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.sealer, err = OpenSealer(o.Config); err != nil {
		return nil, err
	}
	s.sealer.Now = o.Now
	if s.store, err = store.Open(ctx, o.Config.Database.Reveal(), store.Options{Log: o.Log}); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s.keys = &operator.Engine{Store: s.store, Sealer: s.sealer, Now: o.Now}
	if o.Dev != nil {
		s.Outbox = &message.Outbox{Store: s.store, Sealer: s.sealer, Now: o.Now}
	}
	if o.Config.Directory != nil {
		s.directory = newDirectory(&o, s.store, s.sealer, newSender(&o, s.Outbox), s.keys)
		if s.Outbox == nil { // whose messages are read at once
			s.directory.accounts.Later = s.later.run
		}
		if err := s.directory.declare(ctx, o.Config.Directory.Pools); err != nil {
			return nil, err
		}
	}
	if s.gateway, err = newGateway(ctx, &o, s); err != nil {
		return nil, err
	}
	s.handler = s.observed(&o, s.hosts(&o))
	s.background()
	return s, nil
}

// OpenSealer opens the master keys that the configuration names, and makes
// them at the first start.
func OpenSealer(c *config.Config) (*seal.Sealer, error) {
	if c.MasterKeyFile == "" {
		return seal.FromText(c.MasterKey.Reveal())
	}
	if err := makeDir(c.DataDir); err != nil {
		return nil, err
	}
	return seal.LoadOrCreate(c.MasterKeyFile)
}

func (s *Server) observed(o *Options, next http.Handler) http.Handler {
	observer := &web.Observer{Log: o.Log, Now: o.Now, TrustScheme: o.Config.InsecureServer && o.Dev == nil, PublicScheme: publicScheme(o.Config)}
	if o.Meter != nil {
		observer.Measure = o.Meter.Measure
	}
	if o.Tracer != nil {
		observer.Trace = o.Tracer.Trace
	}
	return observer.Wrap(next)
}

// publicScheme is what clients speak where TLS ends in front of this process.
// Pomerium: cookies stay Secure then. The public URL of the directory may say
// otherwise, on a machine without TLS.
func publicScheme(c *config.Config) string {
	if c.Directory != nil {
		return c.Directory.URL.Scheme
	}
	return "https"
}

// Handler answers every host of the installation.
func (s *Server) Handler() http.Handler { return s.handler }

// Keys manages access keys and API tokens.
func (s *Server) Keys() *operator.Engine { return s.keys }

// Reload makes the gateway, the certificates and the declared pools follow a
// new configuration. What only a restart can change (addresses, database, keys)
// stays as it was.
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

// Ready reports whether the server can serve: its database answers.
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.store.Ping(ctx)
}

// sweepEvery is how often expired rows go away.
const sweepEvery = time.Minute

// background starts what runs beside requests, until Close.
func (s *Server) background() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.work.Go(func() {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := s.store.Sweep(ctx, s.now()); err != nil && !errors.Is(err, context.Canceled) {
					s.log.LogAttrs(ctx, slog.LevelWarn, "sweep", slog.String("error", err.Error()))
				}
			}
		}
	})
}

// Close ends the background work and closes the store.
func (s *Server) Close() {
	if s.stop != nil {
		s.stop()
		s.work.Wait()
	}
	s.later.wait(drainTime)
	if s.gateway != nil {
		s.gateway.close()
	}
	if s.store != nil {
		s.store.Close()
	}
}
