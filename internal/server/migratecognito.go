package server

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/migrate"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/store"
)

// ErrRegion says that a pool cannot come here, because its region is another one.
var ErrRegion = fault.New(fault.Invalid, "migrate_region", "The pool is of another region than directory.region.")

// CognitoPool is a pool at Amazon Cognito, or at a program that speaks its API.
type CognitoPool struct {
	ID       userpool.PoolID
	Endpoint string // "": AWS's own of the pool's region
	Key      config.AWSKey
	Ask      userpool.ClientID // the app client there with which passwords are asked for; "": they are not
	Factors  bool              // that users turned on are read, too
}

// MigrateCognito takes a pool over into an installation, for the command line. It makes
// an installation if there is none.
func MigrateCognito(ctx context.Context, c *config.Config, p Patience, from CognitoPool, told func(string, int)) (*migrate.Report, error) {
	if c.Directory == nil {
		return nil, ErrNoDirectory
	}
	if from.ID.Region() != c.Directory.Region {
		return nil, ErrRegion.Saying("Pool %s is of the region %s, and directory.region is %s: an id begins with its region. Set directory.region to %s.", from.ID, from.ID.Region(), c.Directory.Region, from.ID.Region())
	}
	st, err := openStore(ctx, c.Database.Reveal(), store.Options{Issuer: issuerOf(c)}, p)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	sealer, err := openSealer(ctx, c, st)
	if err != nil {
		return nil, err
	}
	ids := &migrate.IDs{}
	o := &Options{Config: c, Now: time.Now}
	network, err := newProviderNetwork(o)
	if err != nil {
		return nil, err
	}
	cas, err := authorities(c)
	if err != nil {
		return nil, err
	}
	transport := transportWith(cas)
	functions := &trigger.Engine{Functions: o.functions(transport)}
	users := user.New(user.Config{Store: st, Now: time.Now})
	api := &cognitoapi.API{
		Pools: userpool.New(userpool.Config{Store: st, Sealer: sealer, Now: time.Now, HostTaken: hostTakenIn(c), CheckTriggers: functions.Check, Network: network, PoolID: ids.Pool, ClientID: ids.Client}),
		Users: users, Risks: risk.New(risk.Config{Store: st, Users: users, Sealer: sealer, Now: time.Now}), Sealer: sealer, Now: time.Now, Region: c.Directory.Region, AccountID: c.Directory.AccountID,
	}
	cfg := migrate.Config{Source: sourceOf(from, transport), API: api, IDs: ids, Factors: from.Factors, Told: told}
	if from.Ask != "" {
		cfg.Asking = &migrate.Asking{
			Client: from.Ask, Asker: newAsker(transport, sealer, time.Now),
			Credentials: credential.New(credential.Config{Store: st, Users: users, Sealer: sealer, Now: time.Now}),
		}
	}
	return migrate.New(cfg).Take(ctx, from.ID)
}

// newAsker returns what asks former pools about passwords.
func newAsker(transport http.RoundTripper, sealer *seal.Sealer, now func() time.Time) *formerpool.Asker {
	return &formerpool.Asker{Client: web.NewClient(transport, formerpool.Limit), Sealer: sealer, Now: now}
}

// cognitoCallLimit is how long one call of the source may take.
const cognitoCallLimit = 30 * time.Second

func sourceOf(from CognitoPool, transport http.RoundTripper) *formerpool.Source {
	region := from.ID.Region()
	return &formerpool.Source{
		Endpoint: cmp.Or(from.Endpoint, "https://cognito-idp."+region+".amazonaws.com"), Region: region,
		AccessKeyID: from.Key.ID, SecretAccessKey: from.Key.Secret, SessionToken: from.Key.Token,
		Client: web.NewClient(transport, cognitoCallLimit), Now: time.Now, Pause: pause,
	}
}

// pause waits for a time, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
