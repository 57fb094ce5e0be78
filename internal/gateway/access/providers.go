package access

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
)

// Providers is the engine of identity providers: those of the configuration
// file and those of the store. Safe for concurrent use.
type Providers struct {
	store  ProviderStore
	sealer *seal.Sealer
	http   *http.Client // nil: relyingparty's own
	clock  func() time.Time
	others []string // see Config

	current atomic.Pointer[snapshot] // never nil
	running sync.WaitGroup           // the reads of the store

	mu       sync.Mutex
	declared []*IdentityProvider
	read     *reading // nil: none is under way that knows all changes of this node
}

// Check returns everything that is wrong with draft, before it is created or
// replaces stored. stored is nil for a new provider.
func (e *Providers) Check(draft, stored *IdentityProvider) []Problem {
	return draft.problems(stored)
}

// Create saves a new provider with the name and the configuration of draft, and
// gives it an ID. It fails with ErrProviderInvalid.
func (e *Providers) Create(ctx context.Context, draft *IdentityProvider) (*IdentityProvider, error) {
	now := e.now()
	p := &IdentityProvider{ID: ids.UUID(), Name: draft.Name, Config: draft.Config, Revision: 1, Created: now, Modified: now}
	p.Config.SealedSecret = nil
	if err := e.checkAndSeal(p, nil); err != nil {
		return nil, err
	}
	err := e.store.CreateIdentityProvider(ctx, p)
	if e.wrote(p, err); err != nil {
		return nil, err
	}
	return p, nil
}

// Get returns a provider. Its client secret stays sealed. It fails with
// ErrProviderNotFound.
func (e *Providers) Get(ctx context.Context, id string) (*IdentityProvider, error) {
	if p := e.declaredByID(id); p != nil {
		return p, nil
	}
	return e.store.IdentityProvider(ctx, id)
}

// List returns all providers: first the declared ones, then the stored ones,
// oldest first. Client secrets stay sealed.
func (e *Providers) List(ctx context.Context) ([]*IdentityProvider, error) {
	stored, err := e.store.IdentityProviders(ctx)
	if err != nil {
		return nil, err
	}
	return e.with(stored), nil
}

// with returns the declared providers, and those of stored after them. A stored
// provider that the configuration file declares under the same ID is hidden by the
// declared one.
func (e *Providers) with(stored []*IdentityProvider) []*IdentityProvider {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := slices.Clone(e.declared)
	for _, p := range stored {
		if byID(e.declared, p.ID) == nil {
			list = append(list, p)
		}
	}
	return list
}

// Replace sets the name and the configuration of a provider to those of draft.
// An empty client secret keeps the stored one, because answers never show it;
// a change of an endpoint needs the secret again. It fails with ErrProviderNotFound, ErrProviderInvalid, ErrProviderDeclared.
func (e *Providers) Replace(ctx context.Context, id string, draft *IdentityProvider) (*IdentityProvider, error) {
	if e.declaredByID(id) != nil {
		return nil, ErrProviderDeclared
	}
	p, err := e.store.UpdateIdentityProvider(ctx, id, func(p *IdentityProvider) error {
		stored := *p
		p.Name, p.Config, p.Modified = draft.Name, draft.Config, e.now()
		p.Config.SealedSecret = stored.Config.SealedSecret
		return e.checkAndSeal(p, &stored)
	})
	e.wrote(p, err)
	return p, err
}

// Delete removes a provider. Its sessions end on every node within [Freshness].
// It fails with ErrProviderNotFound, ErrProviderDeclared.
func (e *Providers) Delete(ctx context.Context, id string) error {
	if e.declaredByID(id) != nil {
		return ErrProviderDeclared
	}
	err := e.store.DeleteIdentityProvider(ctx, id)
	e.deleted(id, err)
	return err
}

// SetDeclared replaces the providers of the configuration file. Their secrets
// are in ClientSecret. The engine owns the list afterwards. If one of them is
// not valid, SetDeclared fails with ErrProviderInvalid and changes nothing.
func (e *Providers) SetDeclared(list []*IdentityProvider) error {
	use, err := e.PrepareDeclared(list)
	if err != nil {
		return err
	}
	use()
	return nil
}

// PrepareDeclared does of SetDeclared what may fail, and returns the rest. Nothing
// changes before.
func (e *Providers) PrepareDeclared(list []*IdentityProvider) (use func(), err error) {
	now := e.now()
	for _, p := range list {
		p.Declared, p.Created, p.Modified, p.Revision = true, now, now, 1
		if err := e.checkAndSeal(p, nil); err != nil {
			return nil, err
		}
	}
	return func() {
		e.mu.Lock()
		e.declared = list
		e.mu.Unlock()
		e.changed(func(s *snapshot) []*IdentityProvider { return s.stored })
	}, nil
}

func (e *Providers) declaredByID(id string) *IdentityProvider {
	e.mu.Lock()
	defer e.mu.Unlock()
	return byID(e.declared, id)
}

// byID returns the provider of a list with an ID, or nil.
func byID(list []*IdentityProvider, id string) *IdentityProvider {
	for _, p := range list {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// checkAndSeal checks a provider, and moves its client secret to SealedSecret.
// stored is the provider that it replaces, nil for a new one.
func (e *Providers) checkAndSeal(p, stored *IdentityProvider) error {
	if err := p.check(stored); err != nil {
		return err
	}
	if p.Config.ClientSecret == "" {
		return nil
	}
	sealed, err := e.sealer.Seal([]byte(p.Config.ClientSecret.Reveal()), secretContext(p.ID))
	if err != nil {
		return err
	}
	p.Config.SealedSecret, p.Config.ClientSecret = sealed, ""
	return nil
}

// secretContext ties a sealed client secret to its provider.
func secretContext(id string) string { return "identity-provider:" + id }

func (e *Providers) now() time.Time { return e.clock().UTC().Truncate(time.Millisecond) }
