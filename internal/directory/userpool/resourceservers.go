package userpool

import (
	"context"
	"errors"
	"strings"
)

// MaxResourceServerPage is the largest page of resource servers.
// Cognito: ListResourceServers, MaxResults.
const MaxResourceServerPage = 50

// ResourceServer returns a resource server of a pool.
// ErrResourceServerNotFound, which names the identifier.
func (e *Engine) ResourceServer(ctx context.Context, pool PoolID, identifier string) (*ResourceServer, error) {
	r, err := e.store.ResourceServer(ctx, pool, identifier)
	return r, nameResourceServer(err, identifier)
}

// nameResourceServer puts the identifier of a resource server that does not
// exist into the error's text.
func nameResourceServer(err error, identifier string) error {
	if errors.Is(err, ErrResourceServerNotFound) {
		return ErrResourceServerNotFound.Saying("Resource server %s does not exist.", strings.TrimSpace(identifier))
	}
	return err
}

// ListResourceServers returns a page of a pool's resource servers, sorted by
// identifier, and the identifier after which the next page starts: "" after the
// last page.
func (e *Engine) ListResourceServers(ctx context.Context, pool PoolID, after string, size int) (servers []*ResourceServer, next string, err error) {
	size = PageSize(size, MaxResourceServerPage)
	rows, err := e.store.ResourceServers(ctx, pool, after, size+1)
	if err != nil {
		return nil, "", err
	}
	servers, next = CutPage(rows, size, func(r *ResourceServer) string { return r.Identifier })
	return servers, next, nil
}

// CreateResourceServer adds a resource server to its pool. ErrSettings,
// ErrResourceServerExists, ErrPoolNotFound, ErrTooManyResources.
func (e *Engine) CreateResourceServer(ctx context.Context, r ResourceServer) (*ResourceServer, error) {
	if err := checkScopes(r.Scopes); err != nil {
		return nil, err
	}
	r.Created = e.now()
	err := e.store.CreateResourceServer(ctx, &r)
	switch {
	case errors.Is(err, ErrResourceServerExists):
		return nil, ErrResourceServerExists.Saying("%s already exists in user pool %s.", r.Identifier, r.Pool)
	case errors.Is(err, ErrTooManyResources):
		return nil, ErrTooManyResources.Saying("A user pool may have at most %d resource servers.", MaxResourceServers)
	case err != nil:
		return nil, err
	}
	return &r, nil
}

// ReplaceResourceServer replaces a resource server's name and scopes.
// ErrSettings, ErrResourceServerNotFound.
func (e *Engine) ReplaceResourceServer(ctx context.Context, pool PoolID, identifier, name string, scopes []Scope) (*ResourceServer, error) {
	if err := checkScopes(scopes); err != nil {
		return nil, err
	}
	r, err := e.store.UpdateResourceServer(ctx, pool, identifier, func(r *ResourceServer) error {
		r.Name, r.Scopes = name, scopes
		return nil
	})
	return r, nameResourceServer(err, identifier)
}

// checkScopes refuses two scopes with one name.
func checkScopes(scopes []Scope) error {
	seen := map[string]bool{}
	for _, s := range scopes {
		if seen[s.Name] {
			return ErrSettings.Saying("The scope %s appears twice in the resource server.", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

// DeleteResourceServer removes a resource server. ErrResourceServerNotFound.
func (e *Engine) DeleteResourceServer(ctx context.Context, pool PoolID, identifier string) error {
	return nameResourceServer(e.store.DeleteResourceServer(ctx, pool, identifier), identifier)
}
