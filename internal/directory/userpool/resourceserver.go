package userpool

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
)

// Errors of resource servers.
var (
	ErrResourceServerNotFound = fault.New(fault.NotFound, "resource_server_not_found", "Resource server does not exist.")
	ErrResourceServerExists   = fault.New(fault.Invalid, "resource_server_exists", "The resource server already exists in the user pool.")
)

// ResourceServer is an API that accepts a pool's access tokens. It defines
// custom scopes. A scope's full name is "<Identifier>/<Scope.Name>".
type ResourceServer struct {
	Pool       PoolID
	Identifier string
	Name       string
	Scopes     []Scope
	Created    time.Time
}

// Scope is one permission of a resource server.
type Scope struct{ Name, Description string }

// FullScope returns the name under which a client asks for the scope.
func (r *ResourceServer) FullScope(s Scope) string { return r.Identifier + "/" + s.Name }

// SystemScopes returns the scopes that every pool has.
func SystemScopes() []string {
	return []string{"openid", "email", "phone", "profile", ScopeUserAdmin}
}

// ScopeUserAdmin is the scope that an access token needs for those operations
// of the API that take an access token.
const ScopeUserAdmin = "aws.cognito.signin.user.admin"

// ScopeRegister is the scope of an access token whose bearer may register
// applications. Every pool has it, without a resource server; a resource server with
// such a scope changes nothing. Cognito: "Dynamic client registration".
const ScopeRegister = "aws.cognito/dcr/register"

// ResourceServerStore keeps resource servers. See [Store] for what all methods
// have in common.
type ResourceServerStore interface {
	// CreateResourceServer fails with ErrPoolNotFound, ErrResourceServerExists, or
	// ErrTooManyResources if the pool has [MaxResourceServers].
	CreateResourceServer(ctx context.Context, r *ResourceServer) error
	// ResourceServer fails with ErrResourceServerNotFound, as do the methods
	// that change one.
	ResourceServer(ctx context.Context, pool PoolID, identifier string) (*ResourceServer, error)
	UpdateResourceServer(ctx context.Context, pool PoolID, identifier string, change func(*ResourceServer) error) (*ResourceServer, error)
	DeleteResourceServer(ctx context.Context, pool PoolID, identifier string) error
	ResourceServers(ctx context.Context, pool PoolID, after string, limit int) ([]*ResourceServer, error)
}
