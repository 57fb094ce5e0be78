package userpool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/seal"
)

// Provider returns an identity provider of a pool. ErrProviderNotFound, which
// names it.
func (e *Engine) Provider(ctx context.Context, pool PoolID, name string) (*Provider, error) {
	p, err := e.store.Provider(ctx, pool, name)
	return p, nameProvider(err, name)
}

// ProviderByIdentifier returns the provider that has an identifier.
// ErrProviderNotFound.
func (e *Engine) ProviderByIdentifier(ctx context.Context, pool PoolID, identifier string) (*Provider, error) {
	p, err := e.store.ProviderByIdentifier(ctx, pool, identifier)
	return p, nameProvider(err, identifier)
}

// nameProvider puts the name of a provider that does not exist into the error's
// text.
func nameProvider(err error, name string) error {
	if errors.Is(err, ErrProviderNotFound) {
		return ErrProviderNotFound.Saying("Identity provider %s does not exist.", name)
	}
	return err
}

// ListProviders returns a page of a pool's identity providers, sorted by name, and
// the name after which the next page starts: "" after the last page.
func (e *Engine) ListProviders(ctx context.Context, pool PoolID, after string, size int) (providers []*Provider, next string, err error) {
	size = PageSize(size, MaxPage)
	rows, err := e.store.Providers(ctx, pool, after, size+1)
	if err != nil {
		return nil, "", err
	}
	providers, next = CutPage(rows, size, func(p *Provider) string { return p.Name })
	return providers, next, nil
}

// HasProviders reports whether a pool has an identity provider.
func (e *Engine) HasProviders(ctx context.Context, pool PoolID) (bool, error) {
	rows, err := e.store.Providers(ctx, pool, "", 1)
	return len(rows) > 0, err
}

// ProviderChange is what a request says of a provider. What is nil is not said; an
// empty map or list says that there is none.
type ProviderChange struct {
	Details     Details
	Attributes  map[string]string
	ACR         map[string]string
	Identifiers []string
}

// CreateProvider adds an identity provider to a pool, after it has asked the
// provider what it publishes of itself. ErrProviderDetails, ErrProviderType,
// ErrProviderUnreachable, ErrProviderIdentifier, ErrProviderExists,
// ErrTooManyResources, ErrPoolNotFound.
func (e *Engine) CreateProvider(ctx context.Context, pool *Pool, name, kind string, c ProviderChange) (*Provider, error) {
	if err := checkProviderName(name, kind); err != nil {
		return nil, err
	}
	now := e.now()
	p := &Provider{Pool: pool.ID, Name: name, Type: kind, Created: now, Modified: now}
	if c.Details == nil {
		c.Details = Details{}
	}
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	if len(c.Attributes) == 0 { // Cognito: the default of a new provider
		c.Attributes = withSubject(kind, c.Attributes)
	}
	prepared, err := e.prepare(ctx, pool, p, c)
	if err != nil {
		return nil, err
	}
	if err := prepared(p); err != nil {
		return nil, err
	}
	err = e.store.CreateProvider(ctx, p, MaxProviders)
	switch {
	case errors.Is(err, ErrProviderExists):
		return nil, ErrProviderExists.Saying("A provider with the name %s already exists in user pool %s.", name, pool.ID)
	case errors.Is(err, ErrTooManyResources):
		return nil, ErrTooManyResources.Saying("A user pool may have at most %d identity providers.", MaxProviders)
	case err != nil:
		return nil, err
	}
	return p, nil
}

// UpdateProvider changes what c says. Details replace all details, so that a secret
// never goes to an address for which nobody gave it.
// ErrProviderNotFound and the errors of [Engine.CreateProvider].
func (e *Engine) UpdateProvider(ctx context.Context, pool *Pool, name string, c ProviderChange) (*Provider, error) {
	before, err := e.Provider(ctx, pool.ID, name)
	if err != nil {
		return nil, err
	}
	apply, err := e.prepare(ctx, pool, before, c)
	if err != nil {
		return nil, err
	}
	if c.Details.text("IDPInit") == "true" {
		if err := e.checkOffering(ctx, pool, name); err != nil {
			return nil, err
		}
	}
	p, err := e.store.UpdateProvider(ctx, pool.ID, name, func(p *Provider) error {
		if p.Type != before.Type { // another provider took its place meanwhile
			return ErrProviderNotFound
		}
		p.Modified = e.now()
		return apply(p)
	})
	return p, nameProvider(err, name)
}

// DeleteProvider removes an identity provider and the links of users to it. Its
// group stays. ErrProviderInUse, ErrProviderNotFound.
func (e *Engine) DeleteProvider(ctx context.Context, pool PoolID, name string) error {
	err := e.store.DeleteProvider(ctx, pool, name)
	if errors.Is(err, ErrProviderInUse) {
		return ErrProviderInUse.Saying("The identity provider %s cannot be deleted: an app client has it in SupportedIdentityProviders.", name)
	}
	return nameProvider(err, name)
}

// RevealDetails returns the details of a provider as its owner sees them, with the
// client's secret.
func (e *Engine) RevealDetails(p *Provider) (Details, error) {
	d := Details{}
	for key, value := range p.Settings.Details {
		d[key] = seal.Secret(value)
	}
	k := providerKinds[p.Type]
	if k.secret == "" || k.hidden {
		return d, nil
	}
	secrets, err := e.openDetails(p)
	d[k.secret] = secrets[k.secret]
	return d, err
}

// prepare checks a change of a provider and asks the provider what must be asked.
// It returns what applies the change, which asks nobody and may run twice.
func (e *Engine) prepare(ctx context.Context, pool *Pool, p *Provider, c ProviderChange) (apply func(*Provider) error, err error) {
	if err := checkMapping(pool, p.Type, c); err != nil {
		return nil, err
	}
	if err := checkIdentifiers(c.Identifiers); err != nil {
		return nil, err
	}
	plain, secrets, err := e.prepareDetails(ctx, p, c.Details)
	if err != nil {
		return nil, err
	}
	return func(p *Provider) error {
		s := &p.Settings
		if c.Attributes != nil {
			s.Attributes = c.Attributes
			if len(c.Attributes) > 0 {
				s.Attributes = withSubject(p.Type, c.Attributes)
			}
		}
		if c.ACR != nil {
			s.ACR = c.ACR
		}
		if c.Identifiers != nil {
			s.Identifiers = c.Identifiers
		}
		if c.Details == nil {
			return nil
		}
		return e.replaceDetails(p, plain, secrets)
	}, nil
}

// prepareDetails returns the details to show and those to seal. Nil details give
// nothing.
func (e *Engine) prepareDetails(ctx context.Context, p *Provider, d Details) (plain map[string]string, secrets Details, err error) {
	if d == nil {
		return nil, nil, nil
	}
	if err := checkDetails(p.Type, d, e.network); err != nil {
		return nil, nil, err
	}
	k := providerKinds[p.Type]
	plain, secrets = k.follows(d), Details{}
	for key, value := range d {
		if key == k.secret {
			secrets[key] = value
		} else {
			plain[key] = value.Reveal()
		}
	}
	switch p.Type {
	case ProviderOIDC:
		err = e.discover(ctx, d)
	case ProviderSAML:
		err = e.prepareSAML(ctx, p, d, plain, secrets)
	}
	return plain, secrets, err
}

// prepareSAML adds to the details of a SAML provider what its metadata says and the
// key for which it encrypts.
func (e *Engine) prepareSAML(ctx context.Context, p *Provider, d Details, plain map[string]string, secrets Details) error {
	found, err := e.readMetadata(ctx, d)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if given := d.text(key); given != "" && given != found[key] {
			return ErrProviderDetails.Saying("The provider detail %s cannot be chosen: the SAML metadata says %q.", key, found[key])
		}
		delete(plain, key)
		if found[key] != "" {
			plain[key] = found[key]
		}
	}
	if p.Sealed != nil { // it has one, and keeps it
		return nil
	}
	secrets[keyEncryption], plain["ActiveEncryptionCertificate"], err = e.encryptionKey(p.Pool, p.Name)
	return err
}

// replaceDetails sets the details of p. A SAML provider keeps its encryption key:
// the other side has its certificate.
func (e *Engine) replaceDetails(p *Provider, plain map[string]string, secrets Details) error {
	plain, secrets = maps.Clone(plain), maps.Clone(secrets)
	if p.Type == ProviderSAML && p.Sealed != nil {
		before, err := e.openDetails(p)
		if err != nil {
			return err
		}
		secrets[keyEncryption] = before[keyEncryption]
		plain["ActiveEncryptionCertificate"] = p.Settings.Details["ActiveEncryptionCertificate"]
	}
	p.Settings.Details = plain
	return e.sealDetails(p, secrets)
}

func (e *Engine) sealDetails(p *Provider, secrets Details) error {
	texts := map[string]string{}
	for key, value := range secrets {
		texts[key] = value.Reveal()
	}
	b, err := json.Marshal(texts)
	if err != nil {
		return err
	}
	p.Sealed, err = e.sealer.Seal(b, ProviderContext(p.Pool, p.Name))
	return err
}

func (e *Engine) openDetails(p *Provider) (Details, error) {
	b, err := e.sealer.Open(p.Sealed, ProviderContext(p.Pool, p.Name))
	if err != nil {
		return nil, fmt.Errorf("open the secret of provider %s of pool %s: %w", p.Name, p.Pool, err)
	}
	var d Details
	err = json.Unmarshal(b, &d)
	return d, err
}

// ProviderContext ties the secrets of a provider to it.
func ProviderContext(pool PoolID, name string) string {
	return "pool-provider:" + string(pool) + ":" + name
}

// checkProviderName checks a name that fits the pattern of the API. Cognito: the
// social providers have the names of their types.
func checkProviderName(name, kind string) error {
	_, isType := providerKinds[name]
	social := kind != ProviderSAML && kind != ProviderOIDC
	switch {
	case social && name != kind:
		return ErrProviderDetails.Saying("An identity provider of type %s has the name %s.", kind, kind)
	case !social && (isType || strings.EqualFold(name, ProviderCognito)):
		return ErrProviderDetails.Saying("An identity provider of type %s cannot have the name %s.", kind, name)
	}
	return nil
}

// checkMapping checks what a change says of attributes and of authentication
// levels.
func checkMapping(pool *Pool, kind string, c ProviderChange) error {
	for _, name := range slices.Sorted(maps.Keys(c.Attributes)) {
		a := pool.Attribute(name)
		switch {
		case name == "username":
			if subject := providerKinds[kind].subject; c.Attributes[name] != subject && (subject != "" || c.Attributes[name] != "NameID") {
				return ErrProviderDetails.Saying("The attribute username cannot be mapped to %s.", c.Attributes[name])
			}
		case a == nil || name == "sub":
			return ErrProviderDetails.Saying("%s: Attribute does not exist in the schema.", name)
		case c.Attributes[name] == "":
			return ErrProviderDetails.Saying("The attribute %s is mapped to nothing.", name)
		}
	}
	if len(c.ACR) > 0 && kind != ProviderOIDC {
		return ErrProviderDetails.Saying("AcrMapping is for identity providers of type OIDC only.")
	}
	return nil
}

// withSubject returns a mapping with the claim that names the user.
func withSubject(kind string, mapping map[string]string) map[string]string {
	subject := providerKinds[kind].subject
	if _, has := mapping["username"]; has || subject == "" {
		return mapping
	}
	mapping = maps.Clone(mapping)
	mapping["username"] = subject
	return mapping
}

func checkIdentifiers(list []string) error {
	seen := map[string]bool{}
	for _, s := range list {
		if seen[s] {
			return ErrProviderIdentifier.Saying("The identifier %s stands in the list twice.", s)
		}
		seen[s] = true
	}
	return nil
}

// checkOffering checks that the clients that offer a provider may do so if it
// begins to sign users in whom nobody sent there.
func (e *Engine) checkOffering(ctx context.Context, pool *Pool, name string) error {
	clients, err := e.store.ClientsOffering(ctx, pool.ID, name)
	if err != nil {
		return err
	}
	for _, c := range clients {
		if err := e.checkProviders(ctx, pool, c, name); err != nil {
			return err
		}
	}
	return nil
}

// checkProviders checks that the pool has every provider that a client offers, and
// that they go together. The provider with the name unasked counts as one that signs
// users in whom nobody sent there.
func (e *Engine) checkProviders(ctx context.Context, pool *Pool, c *Client, unasked string) error {
	foreign := false
	for _, name := range c.Settings.Providers {
		if name == ProviderCognito {
			foreign = true
			continue
		}
		p, err := e.store.Provider(ctx, pool.ID, name)
		if errors.Is(err, ErrProviderNotFound) {
			return noProvider(pool, name)
		}
		if err != nil {
			return err
		}
		if p.UnaskedFor() {
			unasked = name
		}
		foreign = foreign || p.Type != ProviderSAML
	}
	if unasked != "" && foreign { // Cognito: "SAML session initiation"
		return ErrClientSettings.Saying("%s accepts sign-ins that it starts itself (IDPInit): an app client that offers it may offer SAML providers only.", unasked)
	}
	return nil
}

func noProvider(pool *Pool, name string) error {
	return ErrClientSettings.Saying("The provider %s does not exist for User Pool %s.", name, pool.ID)
}

// lostProvider is for a provider that was deleted while a client that offers it was
// saved.
func lostProvider(err error) error {
	if errors.Is(err, ErrProviderNotFound) {
		return ErrClientSettings.Saying("A provider in SupportedIdentityProviders does not exist.").Because(err)
	}
	return err
}
