package migrate

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/formerpool"
	"gatehouse/internal/directory/userpool"
)

// ErrAsking means that the source cannot be asked for passwords in the way that the
// operator says.
var ErrAsking = fault.New(fault.Invalid, "source_asking", "The source cannot be asked for passwords.")

// Asking says how users sign in with the passwords that they have at the source: each is
// asked for there when its user signs in here for the first time.
type Asking struct {
	Client      userpool.ClientID // the app client at the source
	Asker       *formerpool.Asker
	Credentials *credential.Engine
}

// tryAsking finds out how the source is asked, and asks it about somebody whom no pool
// has, before anything is made.
func (t *taking) tryAsking(ctx context.Context) error {
	if t.cfg.Asking == nil {
		return nil
	}
	if err := t.mayAsk(); err != nil {
		return err
	}
	out, err := t.cfg.Source.Call(ctx, "DescribeUserPoolClient", formerpool.Document{"UserPoolId": t.id, "ClientId": string(t.cfg.Asking.Client)})
	if err != nil {
		return err
	}
	described, _ := out["UserPoolClient"].(map[string]any)
	if t.former, err = t.formerOf(described); err != nil {
		return err
	}
	trial := &userpool.Pool{ID: userpool.PoolID(t.id), Settings: userpool.Settings{Former: t.former}}
	if _, err := t.cfg.Asking.Asker.Ask(ctx, trial, credential.AboutNobody("none")); err != nil {
		return ErrAsking.Saying("The pool cannot be asked for passwords with app client %s: %s", t.cfg.Asking.Client, reasonOf(err)).Because(err)
	}
	return nil
}

// mayAsk refuses what would show passwords to others, or end by itself.
func (t *taking) mayAsk() error {
	u, err := url.Parse(t.cfg.Source.Endpoint)
	switch {
	case err != nil || u.Scheme != "https" && !hostname.IsLoopback(u.Hostname()):
		return ErrAsking.Saying("Passwords are asked for over https only.").Because(err)
	case t.cfg.Source.SessionToken != "":
		return ErrAsking.Saying("The access key is a temporary one. To ask for passwords, use one that stays valid.")
	}
	return nil
}

func (t *taking) formerOf(client formerpool.Document) (*userpool.FormerPool, error) {
	flows, _ := client["ExplicitAuthFlows"].([]any)
	allows := func(names ...any) bool {
		return slices.ContainsFunc(names, func(name any) bool { return slices.Contains(flows, name) })
	}
	admin := allows("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
	if !admin && !allows("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH") {
		return nil, ErrAsking.Saying("App client %s allows neither ALLOW_ADMIN_USER_PASSWORD_AUTH nor ALLOW_USER_PASSWORD_AUTH: passwords cannot be asked for with it.", t.cfg.Asking.Client)
	}
	secrets := formerpool.Secrets{SecretAccessKey: t.cfg.Source.SecretAccessKey, ClientSecret: seal.Secret(client.Text("ClientSecret"))}
	sealed, err := secrets.Seal(t.cfg.API.Sealer, userpool.PoolID(t.id))
	return &userpool.FormerPool{Endpoint: t.cfg.Source.Endpoint, Client: string(t.cfg.Asking.Client), Admin: admin, AccessKeyID: t.cfg.Source.AccessKeyID, Sealed: sealed}, err
}

// reasonOf returns what the source said, for the operator.
func reasonOf(err error) string {
	if cause := errors.Unwrap(err); cause != nil {
		return textOf(cause)
	}
	return textOf(err)
}

// keepAsking has the pool ask from now on.
func (t *taking) keepAsking(ctx context.Context) error {
	if t.former == nil {
		return nil
	}
	p, err := t.cfg.API.Pools.UpdatePool(ctx, t.pool.ID, func(p *userpool.Pool) error {
		p.Settings.Former = t.former
		return nil
	})
	if err == nil {
		t.pool = p
	}
	return err
}
