package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/codekey"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/kms"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/directory/oauth"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/registration"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/sigv4"
	"gatehouse/internal/directory/site"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/function"
	"gatehouse/internal/logs"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
)

// directory is the half of user pools: its engines and edges, wired.
type directory struct {
	cfg         *config.Directory
	pools       *userpool.Engine
	users       *user.Engine
	credentials *credential.Engine
	devices     *device.Engine
	accounts    *account.Engine
	risks       *risk.Engine
	threats     *threats // nil: there are no files
	exporter    *logs.Exporter
	tokens      *token.Engine
	triggers    *trigger.Engine
	signIns     *signin.Engine
	branding    *branding.Engine
	imports     *userimport.Engine
	limits      *ratelimit.Engine
	log         *slog.Logger

	declaring sync.Mutex
	late      []config.Pool // of the configuration, which could not be made yet

	api   http.Handler // POST /
	kms   http.Handler // POST / for the functions of custom senders
	sites *site.Map
	pages *managedlogin.Server
	oauth *oauth.Server
}

func newDirectory(o *options, s *Server, courier *message.Courier, functions *function.Caller, exporter *logs.Exporter, former *formerpool.Asker) (*directory, error) {
	network, err := newProviderNetwork(o)
	if err != nil {
		return nil, err
	}
	cfg, st, sealer, keys := o.Config.Directory, s.store, s.sealer, s.keys
	d := &directory{cfg: cfg, exporter: exporter, log: o.Log}
	courier.Failed = d.messageFailed
	codeKeys := &codekey.Keys{Sealer: sealer}
	d.triggers = &trigger.Engine{Functions: functions, Keys: codeKeys}
	d.pools = userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: o.Now, HostTaken: s.hostTaken(cfg), TLSElsewhere: o.Config.InsecureServer || o.Dev != nil, CheckTriggers: d.triggers.Check, LogsResolve: exporter.Resolves, Network: network})
	users := user.Config{Store: st, Now: o.Now}
	if cfg.FactorNotices {
		users.Gained = func(ctx context.Context, u *user.User, factors []string) { d.accounts.TellGained(ctx, u, factors) }
		users.Readdressed = func(ctx context.Context, u *user.User, former string) { d.accounts.TellReaddressed(ctx, u, former) }
	}
	d.users = user.New(users)
	d.credentials = credential.New(credential.Config{Store: st, Users: d.users, Sealer: sealer, Now: o.Now, Former: former, NoHourlyLimits: o.Dev != nil && o.Dev.AnyKey})
	d.devices = device.New(device.Config{Store: st, Sealer: sealer, Now: o.Now})
	d.tokens = token.New(token.Config{Store: st, Pools: d.pools, Users: d.users, Triggers: d.triggers, Sealer: sealer, Now: o.Now, BaseURL: strings.TrimSuffix(cfg.URL.String(), "/")})
	risks := risk.Config{Store: st, Users: d.users, Credentials: d.credentials, Sealer: sealer, Now: o.Now, Messages: courier, Exporter: exporter, Triggers: d.triggers, FeedbackURL: d.feedbackURL}
	if d.threats, err = readThreats(cfg.Threats); err != nil {
		return nil, err
	}
	d.threats.give(&risks)
	d.risks = risk.New(risks)
	d.accounts = &account.Engine{Pools: d.pools, Users: d.users, Credentials: d.credentials, Tokens: d.tokens, Triggers: d.triggers, Messages: courier, Risks: d.risks, Now: o.Now}
	d.signIns = signin.New(signin.Config{Pools: d.pools, Users: d.users, Credentials: d.credentials, Devices: d.devices, Tokens: d.tokens, Triggers: d.triggers, Courier: d.accounts, Migrator: d.accounts, Risks: d.risks, Spent: st, Looks: st, Sealer: sealer, Now: o.Now, DomainSuffix: strings.ToLower(cfg.DomainSuffix)})
	d.branding = branding.New(branding.Config{Store: st, Now: o.Now})
	d.imports = userimport.New(userimport.Config{Store: st, Pools: d.pools, Users: d.users, Credentials: d.credentials, Sealer: sealer, Log: o.Log, Now: o.Now})
	d.limits = ratelimit.New(ratelimit.Config{Store: st, Now: o.Now, Limits: cfg.RateLimits, CognitosDefaults: cfg.CognitoRateLimits, Count: o.countLimited()})
	d.api = d.newAPI(o, sealer, keys)
	d.kms = d.newKMS(o, codeKeys, keys)
	d.sites = &site.Map{Pools: d.pools, BaseURL: cfg.URL.String(), DomainSuffix: strings.ToLower(cfg.DomainSuffix), EndpointsAtIssuer: o.Dev != nil}
	registrations := &registration.Engine{Pools: d.pools, Tokens: d.tokens, Credentials: d.credentials}
	d.oauth = &oauth.Server{Tokens: d.tokens, Recovery: d.signIns, Registrations: registrations, Resolve: d.resolve, Published: d.sites.Published, Endpoints: d.sites.Endpoints, ErrorPage: managedlogin.ErrorPage, Limit: d.limits.Take, LimitClient: d.limitClient}
	d.accounts.ConfirmURL = func(ctx context.Context, p *userpool.Pool, c userpool.ClientID, username string, code seal.Secret) (string, error) {
		base, err := d.sites.Endpoints(ctx, p)
		return managedlogin.ConfirmURL(base, c, username, code), err
	}
	d.pages = &managedlogin.Server{
		Resolve: d.resolve, Clients: d.pools, Users: d.users, SignIn: d.signIns, Accounts: d.accounts, Tokens: d.tokens, Looks: d.branding, Risks: d.risks, Sealer: sealer, Now: o.Now, Limit: d.limits.Take,
	}
	return d, nil
}

// feedbackURL returns where a user says whether a sign-in was right.
func (d *directory) feedbackURL(ctx context.Context, p *userpool.Pool, l risk.FeedbackLink) (string, error) {
	base, err := d.sites.Endpoints(ctx, p)
	return managedlogin.FeedbackURL(base, l), err
}

// workLimit is how long a request may work. It does not hold for requests that
// are passed on to an application behind the gateway.
const workLimit = 20 * time.Second

// mount registers the endpoints of OAuth clients and the pages of browsers.
func (d *directory) mount(mux *http.ServeMux) {
	d.oauth.Mount(mux)
	d.pages.Mount(mux)
}

// atDomains answers the domains of pools.
func (d *directory) atDomains() http.Handler {
	mux := http.NewServeMux()
	d.mount(mux)
	endpoints := web.Within(workLimit, web.WithFallback(mux, d.unanswered))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A domain belongs to one pool. Paths that begin with the id of a pool
		// are those of issuers, which answer at the directory's own host alone.
		if segment, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); strings.Contains(segment, "_") {
			noSuchHost(w, r, "")
			return
		}
		endpoints.ServeHTTP(w, r)
	})
}

// unanswered answers what the domains of pools have no endpoint for. While the
// database is away, nobody can tell whether the host is a domain.
func (d *directory) unanswered(w http.ResponseWriter, r *http.Request, status int) {
	if _, _, err := d.sites.Resolve(r); err != nil && !errors.Is(err, site.ErrNoPool) {
		web.NoteError(r.Context(), err)
		mayBeHost(w, r, err)
		return
	}
	unanswered{}.render(w, r, status)
}

// hasDomain reports whether the host of a request is the domain of a pool, or may
// be one: while the database is away, nobody can tell, and the answer is 503.
func (d *directory) hasDomain(r *http.Request) bool {
	_, _, err := d.sites.Resolve(r)
	return !errors.Is(err, site.ErrNoPool)
}

func (d *directory) newAPI(o *options, sealer *seal.Sealer, keys *operator.Engine) http.Handler {
	verifier := &sigv4.Verifier{Service: "cognito-idp", Region: d.cfg.Region, Secret: keys.SecretOf, Now: o.Now}
	if o.Dev != nil {
		verifier.Region, verifier.AnyKey = "", o.Dev.AnyKey
	}
	api := &cognitoapi.API{
		Pools: d.pools, Users: d.users, Accounts: d.accounts, Devices: d.devices, SignIns: d.signIns, Tokens: d.tokens, Branding: d.branding, Risks: d.risks, Imports: d.imports, Limits: d.limits, Sealer: sealer, Now: o.Now,
		URL:    d.cfg.URL.String(),
		Region: d.cfg.Region, AccountID: d.cfg.AccountID, RegionOfCaller: o.Dev != nil,
	}
	authenticate := cognitoapi.SignedBy(verifier)
	if !verifier.AnyKey {
		authenticate = notingUse(authenticate, keys)
	}
	return &cognitoapi.Server{Operations: api.Operations(), Authenticate: authenticate, KnowsKey: cognitoapi.KeyKnownTo(verifier), Limit: cognitoapi.LimitedBy(d.limits), Audit: o.audit()}
}

// newKMS returns what unwraps the codes of custom senders. The region of a key is in
// its ARN, which may name any.
func (d *directory) newKMS(o *options, codes *codekey.Keys, keys *operator.Engine) http.Handler {
	verifier := &sigv4.Verifier{Service: "kms", Secret: keys.SecretOf, Now: o.Now}
	authenticate := cognitoapi.SignedBy(verifier)
	if o.Dev != nil && o.Dev.AnyKey {
		verifier.AnyKey = true
	} else {
		authenticate = notingUse(authenticate, keys)
	}
	return &kms.Server{Keys: codes, Authenticate: func(ctx context.Context, r *http.Request, body []byte) error {
		_, err := authenticate(ctx, r, body)
		return err
	}}
}

// notingUse notes when each access key was used. A request does not fail for a
// note: on a full disk, what only reads goes on.
func notingUse(authenticate authenticator, keys *operator.Engine) authenticator {
	return func(ctx context.Context, r *http.Request, body []byte) (cognitoapi.Caller, error) {
		caller, err := authenticate(ctx, r, body)
		if err != nil {
			return caller, err
		}
		if err := keys.KeyUsed(ctx, caller.AccessKeyID); err != nil {
			web.Note(ctx, slog.String("key_use", err.Error()))
		}
		return caller, nil
	}
}

// authenticator returns the caller that signed a request.
type authenticator = func(ctx context.Context, r *http.Request, body []byte) (cognitoapi.Caller, error)
