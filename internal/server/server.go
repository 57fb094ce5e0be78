// Package server builds the whole system from one configuration. It opens the
// store, makes the engines and the edges, and sends each request to the edge that
// answers its host. The command line and the tests call the same [New].
//
//	listener ─▶ Observer ─▶ hosts ─┬─▶ directory's host: API, issuers, console
//	                               ├─▶ a pool's domain: OAuth, sign-in pages
//	                               ├─▶ gateway's hosts: routes, sign-in service
//	                               └─▶ the team domain
//
// For the command line it also describes a configuration ([Check], [Explain],
// [Parts]) and opens an installation for one command ([OpenKeys],
// [RotateMasterKeys], [RotateSigningKeys], [Backup], [Restore]).
//
// Only this package opens the store. It has no rules of its own: the engine that
// acts on a setting decides what the setting means.
package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"gatehouse/internal/autocert"
	"gatehouse/internal/base/certs"
	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/telemetry"
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

	// Outgoing carries the calls to identity providers and to the functions of
	// pools. nil: the network.
	Outgoing http.RoundTripper

	Patience // for a database that does not answer

	environmentKey aws.CredentialsProvider // that signs calls of AWS; nil: not needed yet, or none
	trusted        *trusted                // see trusting
}

type options = Options

// Dev is what differs in development.
type Dev struct {
	AnyKey      bool // every access key is accepted; on a loopback address only
	Start       console.Start
	Functions   []DevFunction
	FunctionLog io.Writer // gets what Functions write to their standard error
}

// Server is the running system. Close it when done.
type Server struct {
	Outbox *message.Outbox // the messages of development; nil in production

	log       *slog.Logger
	store     *store.Store
	sealer    *seal.Sealer
	keys      *operator.Engine
	directory *directory   // nil if the configuration has no directory
	gateway   *gatewayPart // nil if the configuration has no gateway
	handler   http.Handler
	questions http.Handler // of other proxies; nil if the configuration has no gateway
	claims    atomic.Pointer[claims]
	started   *config.Config // with which New was called, without its routes
	trusted   *trusted
	redirect  redirectAddress
	now       func() time.Time
	asking    asking                           // clients for certificates
	metered   metered                          // who may read the metrics
	certs     atomic.Pointer[certs.Store]      // nil until Start, and without TLS
	autocert  atomic.Pointer[autocert.Manager] // nil until Start, and without autocert

	managing sync.Mutex
	managed  []string // the hosts of the configuration, if autocert manages them; guarded by managing

	ending atomic.Bool // Wait has been told to end

	stop    context.CancelFunc
	work    sync.WaitGroup
	later   *later
	exports *later // the delivery of log entries
}

// New opens the store, declares the configured pools and builds the handler.
func New(ctx context.Context, o Options) (_ *Server, err error) {
	o.complete()
	whole := o.Config
	o.Config = whole.WithoutRoutes() // much of what follows keeps o
	s := &Server{log: o.Log, now: o.Now, later: newLater(), exports: newLater(), started: o.Config}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	s.claims.Store(claimsOf(whole))
	if s.trusted, err = o.trusting(); err != nil {
		return nil, err
	}
	if err := s.open(ctx, &o); err != nil {
		return nil, err
	}
	if err := s.addDirectory(ctx, &o, whole); err != nil {
		return nil, err
	}
	if s.gateway, err = newGateway(ctx, &o, s, whole); err != nil {
		return nil, err
	}
	s.measureGateway(&o)
	s.handler = s.observed(&o, withinHeaderLimit(s.hosts(&o)))
	if s.gateway != nil {
		s.questions = s.observed(&o, withinHeaderLimit(s.gateway.gateway.ForwardAuth()))
	}
	s.background(newKeyFile(o.Config, s.sealer, s.store, o.Log))
	return s, nil
}

// audit returns where it is written who changed what. In development everybody may.
func (o *Options) audit() *slog.Logger {
	if o.Dev != nil {
		return nil
	}
	return o.Log
}

// complete fills in what may be left out.
func (o *Options) complete() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// open opens the store and the master keys, and makes what needs nothing else.
func (s *Server) open(ctx context.Context, o *Options) (err error) {
	if s.store, err = openStore(ctx, o.Config.Database.Reveal(), storeOptions(o), o.Patience); err != nil {
		return err
	}
	if s.sealer, err = openSealer(ctx, o.Config, s.store); err != nil {
		return err
	}
	s.sealer.Now = o.Now
	s.keys = operator.New(operator.Config{Store: s.store, Sealer: s.sealer, Now: o.Now})
	if o.Dev != nil {
		s.Outbox = message.NewOutbox(s.store, s.sealer, o.Now)
	}
	return nil
}

// addDirectory makes the directory with the declared pools, if the configuration has
// one. whole is the configuration with its routes.
func (s *Server) addDirectory(ctx context.Context, o *Options, whole *config.Config) error {
	if o.Config.Directory == nil {
		return nil
	}
	if err := s.makeDirectory(o); err != nil {
		return err
	}
	if err := s.directory.declare(ctx, declaredPools(o.Config, s.sealer)); err != nil {
		return err
	}
	return s.directory.refuseClaimed(ctx, whole)
}

// makeDirectory makes the engines and edges of the user pools.
func (s *Server) makeDirectory(o *Options) error {
	trusted, err := o.trusting()
	if err != nil {
		return err
	}
	sender, err := newSender(o, s.Outbox)
	if err != nil {
		return err
	}
	defer s.tellOfNoKey(o)
	s.directory, err = newDirectory(o, s, s.courier(o, sender), o.functions(trusted.transport(o)), s.newExporter(o, trusted.transport(o)), newAsker(trusted.transport(o), s.sealer, o.Now))
	return err
}

// Handler returns the handler of all hosts.
func (s *Server) Handler() http.Handler { return s.handler }

// Keys manages access keys and API tokens.
func (s *Server) Keys() *operator.Engine { return s.keys }

// ErrEnding is why a server that ends is not ready.
var ErrEnding = fault.New(fault.Unavailable, "ending", "The process is about to end.")

// Ready returns nil if the server can serve: if it is not about to end, and its
// database answers and saves.
func (s *Server) Ready(ctx context.Context) error {
	if s.ending.Load() {
		return ErrEnding
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.store.Ready(ctx)
}

// Close ends the background work and closes the store. It may be called after a
// New that failed halfway.
func (s *Server) Close() {
	if s.stop != nil {
		s.stop()
		s.work.Wait()
	}
	if m := s.autocert.Load(); m != nil {
		m.Close()
	}
	s.later.wait(laterAtEnd)
	s.exports.wait(laterAtEnd)
	if s.gateway != nil {
		s.gateway.close()
	}
	if s.store != nil {
		s.store.Close()
	}
}
