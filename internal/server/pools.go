package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/hostname"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/account"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// declare makes the pools of the configuration file in the directory. It makes
// what is missing, changes what differs from the file, and deletes nothing. It may
// run again, and on several nodes at once. A pool that is being imported or removed
// keeps nothing else from starting: [directory.declareLate] makes it.
func (d *directory) declare(ctx context.Context, pools []config.Pool) error {
	d.declaring.Lock()
	defer d.declaring.Unlock()
	return d.declareAll(ctx, pools)
}

// declareLate makes the pools that declare could not make yet.
func (d *directory) declareLate(ctx context.Context) error {
	d.declaring.Lock()
	defer d.declaring.Unlock()
	return d.declareAll(ctx, d.late)
}

func (d *directory) declareAll(ctx context.Context, pools []config.Pool) error {
	var late []config.Pool
	for i := range pools {
		err := d.declarePool(ctx, &pools[i])
		switch {
		case errors.Is(err, errStillThere):
			d.log.LogAttrs(ctx, slog.LevelWarn, "a pool of the configuration waits", slog.String("pool", pools[i].ID), slog.String("error", err.Error()))
			late = append(late, pools[i])
		case err != nil:
			return fmt.Errorf("pool %s of the configuration: %w", pools[i].ID, err)
		}
	}
	d.late = late
	return nil
}

func (d *directory) declarePool(ctx context.Context, c *config.Pool) error {
	p, err := d.ensurePool(ctx, c)
	if err != nil {
		return err
	}
	if err := d.ensureDomain(ctx, p, c.Domain); err != nil {
		return err
	}
	if err := checkRequired(p, c.RequiredAttributes); err != nil {
		return err
	}
	if err := d.ensureAttributes(ctx, p, c.CustomAttributes); err != nil {
		return err
	}
	for i := range c.Clients {
		if err := d.ensureClient(ctx, p, &c.Clients[i]); err != nil {
			return fmt.Errorf("client %s: %w", c.Clients[i].ID, err)
		}
	}
	for _, name := range c.Groups {
		_, err := d.users.CreateGroup(ctx, user.Group{Pool: p.ID, Name: name})
		if err != nil && !errors.Is(err, user.ErrGroupExists) {
			return fmt.Errorf("group %s: %w", name, err)
		}
	}
	for i := range c.Users {
		if err := d.ensureUser(ctx, p, &c.Users[i]); err != nil {
			return fmt.Errorf("user %s: %w", c.Users[i].Username, err)
		}
	}
	_, err = d.tokens.JWKS(ctx, p) // makes the signing keys of the pool now, and not at the first sign-in
	return err
}

func (d *directory) ensurePool(ctx context.Context, c *config.Pool) (*userpool.Pool, error) {
	settings := userpool.Settings{
		AdminCreateOnly: !c.SelfSignUp, AutoVerified: []string{"email"}, AliasAttributes: []string{"email"},
		CaseInsensitive: true, CaseSensitivityChosen: true, AWSIssuer: c.AWSIssuer, RecoveryCodes: c.RecoveryCodes,
	}
	if c.EmailNames {
		settings.AliasAttributes, settings.UsernameAttributes = nil, []string{"email"}
	}
	settings.Schema = requiredAttributes(c.RequiredAttributes)
	d.declareSettings(c, &settings)
	id := userpool.PoolID(c.ID)
	p, err := d.pools.CreatePool(ctx, id, d.cfg.Region, c.Name, settings)
	if !errors.Is(err, userpool.ErrPoolExists) {
		return p, err
	}
	p, err = d.pools.UpdatePool(ctx, id, func(p *userpool.Pool) error {
		p.Name, p.Settings.AdminCreateOnly, p.Settings.AWSIssuer = c.Name, !c.SelfSignUp, c.AWSIssuer
		p.Settings.RecoveryCodes = c.RecoveryCodes
		d.declareSettings(c, &p.Settings)
		return nil
	})
	return p, stillThere(err, userpool.ErrPoolNotFound)
}

// errStillThere explains why something that exists is not found.
var errStillThere = errors.New("it was deleted and its rows are still being removed, or it is being imported: it is made when that has ended")

func stillThere(err error, missing *fault.Error) error {
	if errors.Is(err, missing) {
		return errStillThere
	}
	return err
}

func (d *directory) ensureDomain(ctx context.Context, p *userpool.Pool, name string) error {
	if name == "" {
		return nil
	}
	custom := strings.Contains(name, ".")
	if custom {
		name = hostname.Of(name) // as requests for it are compared
	}
	declared := userpool.Domain{Name: name, Pool: p.ID, Custom: custom, ManagedLoginVersion: 2}
	_, err := d.pools.CreateDomain(ctx, declared)
	if errors.Is(err, userpool.ErrDomainTaken) { // the file had another domain of this kind before
		_, err = d.pools.MoveDomain(ctx, declared)
	}
	if !errors.Is(err, userpool.ErrDomainExists) {
		return err
	}
	has, err := d.pools.Domain(ctx, name)
	if err != nil || has.Pool != p.ID {
		return userpool.ErrDomainExists.Saying("The domain %s belongs to another pool.", name).Because(err)
	}
	return nil
}

func (d *directory) ensureClient(ctx context.Context, p *userpool.Pool, c *config.Client) error {
	settings := userpool.ClientSettings{
		AuthFlows: c.AuthFlows, OAuth: true, Grants: c.Flows, Scopes: c.Scopes,
		CallbackURLs: texts(c.CallbackURLs), LogoutURLs: texts(c.LogoutURLs),
		Providers: []string{userpool.ProviderCognito}, HideUserExistence: true, ExistenceChosen: true,
		RefreshRotation: rotation(c.RefreshTokenRotation),
	}
	declareValidity(c.TokenValidity, &settings)
	if len(settings.CallbackURLs) == 0 && !slices.Contains(c.Flows, userpool.GrantClientCredentials) {
		settings.OAuth, settings.Grants, settings.Scopes = false, nil, nil // nobody can be sent back to it: it is a client of the API alone
	}
	id := userpool.ClientID(c.ID)
	_, err := d.pools.CreateClient(ctx, p, userpool.NewClient{ID: id, Name: c.Name, Secret: c.Secret, Settings: settings})
	if !errors.Is(err, userpool.ErrClientExists) {
		return err
	}
	_, err = d.pools.UpdateClient(ctx, p, id, func(has *userpool.Client) error {
		has.Name, has.Settings = c.Name, settings
		if d.pools.CheckSecret(has, c.Secret) == nil {
			return nil
		}
		return d.pools.SetSecret(has, c.Secret)
	})
	return stillThere(err, userpool.ErrClientNotFound)
}

// ensureUser makes a user that does not exist. It also completes a user whose
// password was not set yet when an earlier process ended.
func (d *directory) ensureUser(ctx context.Context, p *userpool.Pool, c *config.User) error {
	u, err := d.users.Find(ctx, p, c.Username)
	if errors.Is(err, user.ErrUserNotFound) {
		attributes := map[string]string{}
		if c.Email != "" {
			attributes["email"], attributes["email_verified"] = c.Email, "true"
		}
		u, err = d.accounts.Invite(ctx, p, account.Invitation{Username: c.Username, Attributes: attributes, Silent: true}) // with a password of its own, which the history then has
	}
	if errors.Is(err, user.ErrUsernameExists) { // another node made the user meanwhile
		return nil
	}
	if err != nil || u.Status != user.ForceChangePassword {
		return err
	}
	for _, group := range c.Groups {
		if err := d.users.AddMember(ctx, group, u); err != nil {
			return err
		}
	}
	return d.accounts.SetPassword(ctx, p, c.Username, c.Password, true)
}

// rotation returns nil, as for a client of the API that sends nothing, if refresh
// tokens do not rotate.
func rotation(r config.RefreshTokenRotation) *userpool.RefreshRotation {
	if !r.Enabled {
		return nil
	}
	return &userpool.RefreshRotation{On: true, GraceSeconds: int(r.GracePeriod.Seconds())}
}

func texts(urls []*url.URL) []string {
	var out []string
	for _, u := range urls {
		out = append(out, u.String())
	}
	return out
}
