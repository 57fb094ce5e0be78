package arch

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// tables are the edges that answer with engines' errors, each with its file of
// tables.
var tables = []string{"directory/cognitoapi", "directory/kms", "directory/oauth", "directory/managedlogin", "gateway/proxy", "gateway/accessapi"}

// elsewhere are errors that an edge could meet, going by its imports, and does
// not answer with a table's entry, and why. "pkg.*" speaks for the package.
var elsewhere = map[string][]struct{ why, errors string }{
	"directory/kms": {
		{"package codekey has a name for a seal that does not open", "seal.*"},
		{"the answer to what is unavailable", "web.ErrBusy"},
	},
	"directory/cognitoapi": {
		{"functions of custom senders ask the edge kms", "codekey.*"},
		{"an engine opens what it sealed itself; a seal that does not open is our own failure, or the engine has a name for it", "seal.*"},
		{"a hash was read before it was kept; one that cannot be read is our own failure", "foreignhash.*"},
		{"what is unavailable has an answer of its own", "credential.ErrFormerAway"},
		{"package account answers with its own ErrDelivery", "message.*"},
		{"an empty answer", "branding.ErrCustomizationNotFound"},
		{"these are OAuth's: authorization requests, code exchange, signing out", authorization},
		{"the engine translates it", "token.ErrGrantNotFound token.ErrSessionUnknown"},
		{"an operation names its pool; no host does", "site.ErrNoPool"},
		{"an application that registers itself meets it, at an endpoint of package oauth", "userpool.ErrTooManyUntried"},
		{"the report of an import job says it", "userpool.ErrManyForms"},
	},
	"directory/oauth": {
		{"what is unavailable has an answer of its own", "credential.ErrFormerAway"},
		{"functions of custom senders ask the edge kms", "codekey.*"},
		{"an engine opens what it sealed itself; a seal that does not open is our own failure, or the engine has a name for it", "seal.*"},
		{"passkeys are the API's", "passkey.*"},
		{"proofs of people are shown to the API and the pages", "credential.ErrCodeMismatch credential.ErrCodeExpired credential.ErrPasswordReused credential.ErrLocked credential.ErrPasswordPolicy credential.ErrNoPassword credential.ErrTOTPUsed foreignhash.*"},
		{"the engine translates it", "token.ErrGrantNotFound userpool.ErrResourceServerNotFound"},
		{"revocation answers 200 for a token of another client", "token.ErrWrongClient"},
		{"the API's machine tokens", "token.ErrClientRefused"},
		{"the API lists and ends user sessions", userSessions},
		{"devices are the API's", "device.* srp.*"},
		{"no session: the browser goes on to the sign-in page", "token.ErrSessionUnknown"},
		{"told to the client by redirect, in token's own table", "token.ErrLoginRequired token.ErrOvertaken"},
		{"package userpool checks the wording of messages and sends none", "message.*"},
		{"becomes errClient, or ErrClientUnusable", "userpool.ErrSecretMissing userpool.ErrSecretMismatch"},
		{"becomes site.ErrNoPool", "userpool.ErrPoolNotFound userpool.ErrDomainNotFound"},
		{"only who manages a pool meets it", managing},
		{"only who manages users, or signs up, meets it", "user.ErrUsernameExists user.ErrAliasExists user.ErrAttributes user.ErrUsername user.ErrFilter user.ErrProvided user.ErrUnwritable user.ErrMFA user.ErrGroupNotFound user.ErrGroupExists user.ErrTooManyGroups user.ErrIdentity user.ErrIdentityTaken user.ErrTooManyIdentities"},
	},
	"directory/managedlogin": {
		{"functions of custom senders ask the edge kms", "codekey.*"},
		{"an engine opens what it sealed itself; a seal that does not open is our own failure, or the engine has a name for it", "seal.*"},
		{"a hash was read before it was kept; one that cannot be read is our own failure", "foreignhash.*"},
		{"SRP is the API's: pages send a password", "srp.*"},
		{"the API removes passkeys, and steps up", "signin.ErrPasskeyNotFound signin.ErrLevelUp"},
		{"package account answers with its own ErrDelivery", "message.*"},
		{"the API's flows", "signin.ErrFlowUnknown signin.ErrFlowOff signin.ErrParameter"},
		{"an administrator's invitation", "account.ErrNotResendable"},
		{"the API's verification of attributes", "account.ErrNotVerifiable account.ErrNoContact"},
		{"preferences are set through the API", "user.ErrMFA"},
		{"only who manages a pool meets it; a request has always a valid address", "risk.ErrConfiguration risk.ErrAddress"},
		{"lists, groups and links", "user.ErrFilter user.ErrGroupNotFound user.ErrGroupExists user.ErrTooManyGroups user.ErrIdentity user.ErrIdentityTaken user.ErrTooManyIdentities"},
		{"becomes site.ErrNoPool", "userpool.ErrPoolNotFound userpool.ErrDomainNotFound"},
		{"only who manages a pool meets it; a page without a logo has its own error", "branding.*"},
		{"pages know a client by its id alone", "userpool.ErrSecretMissing userpool.ErrSecretMismatch"},
		{"only who manages a pool meets it", managing + " userpool.ErrResourceServerNotFound"},
		{"an application that registers itself meets it, at an endpoint of package oauth", registering},
		{"told to the client by redirect, in token's own table", "token.ErrResponseType token.ErrChallenge token.ErrResource token.ErrLoginRequired token.ErrScopeUnreadable token.ErrScopeUnknown token.ErrScopeNotAllowed token.ErrScopeMalformed token.ErrScopeOpenID token.ErrGrantNotAllowed token.ErrUserDisabled token.ErrOvertaken"},
		{"the API's machine tokens", "token.ErrClientRefused"},
		{"the API lists and ends user sessions", userSessions},
		{"devices are the API's", "device.*"},
		{"the endpoints of package oauth", "token.ErrRefreshInvalid token.ErrRefreshRevoked token.ErrRefreshReused token.ErrRefreshExpired token.ErrAccessInvalid token.ErrAccessSignature token.ErrAccessExpired token.ErrAccessRevoked token.ErrAccessScope token.ErrHint token.ErrUnsupportedTokenType token.ErrRevocationOff token.ErrWrongClient token.ErrCodeUnknown token.ErrCodeUsed token.ErrCodeExpired token.ErrLogoutMissing token.ErrLogoutMismatch token.ErrExchangeRedirect token.ErrVerifier"},
		{"the engine translates it", "token.ErrGrantNotFound"},
		{"no session: the sign-in page is shown", "token.ErrSessionUnknown"},
	},
	"gateway/proxy": {
		{"sealed cookies and links that do not open count as absent, or are ErrLink and ErrTicketInvalid", "seal.*"},
		{"package device answers with its own ErrRefused", "passkey.*"},
		{"the manager reads again and tries again", "session.ErrStale session.ErrTooFarBehind"},
		{"the sign-in then leads to the front page", "relyingparty.ErrNoPage"},
		{"becomes ErrBadPath or ErrRewrite", "route.ErrPathForm route.ErrEscapedSlash route.ErrDotSegments route.ErrRewrittenPath"},
		{"a fault of the configuration, said when it is read", "route.ErrUnsupported"},
		{"keys are managed on the command line, and only service accounts pass the gateway", "operator.ErrKeyNotFound operator.ErrKeyExists operator.ErrName operator.ErrTokenInvalid operator.ErrAccountName operator.ErrAccountFacts operator.ErrAccountEnd"},
		{"the policy answers: ErrCertificate", "clientcert.ErrInvalid"},
	},
	"gateway/accessapi": {
		{"the gateway answers these itself, from its own table", "route.*"},
		{"sealed cookies and links that do not open count as absent, or are ErrTicketInvalid", "seal.*"},
		{"the manager reads again and tries again", "session.ErrStale session.ErrTooFarBehind"},
		{"the sign-in then leads to the front page", "relyingparty.ErrNoPage"},
		{"the engine makes the key", "access.ErrNoTeamKey"},
		{"keys are managed on the command line", "operator.ErrKeyNotFound operator.ErrKeyExists operator.ErrName operator.ErrAccountName operator.ErrAccountFacts operator.ErrAccountEnd"},
		{"service accounts pass the gateway, and administer nothing", "operator.ErrAccountInvalid"},
	},
}

const (
	authorization = "token.ErrClientIDMissing token.ErrClientUnusable token.ErrRedirectMissing token.ErrRedirectMismatch token.ErrUnvouched token.ErrRequestMalformed token.ErrResponseType token.ErrChallenge token.ErrResource token.ErrLoginRequired " +
		"token.ErrCodeUnknown token.ErrCodeUsed token.ErrCodeExpired token.ErrScopeMalformed token.ErrScopeOpenID token.ErrScopeUnreadable " +
		"token.ErrLogoutMissing token.ErrLogoutMismatch token.ErrHint token.ErrExchangeRedirect token.ErrVerifier"
	userSessions = "token.ErrSessionsOff token.ErrUserSessionUnknown token.ErrOwnSession"
	registering  = "userpool.ErrClientSettings userpool.ErrOAuthFlow userpool.ErrScopeNotFound userpool.ErrTooManyResources userpool.ErrTooManyUntried"
	managing     = "userpool.ErrSecretNotFound trigger.ErrUnresolved userpool.ErrPoolExists userpool.ErrPoolProtected userpool.ErrPoolHasDomain userpool.ErrSettings userpool.ErrManyForms userpool.ErrTags userpool.ErrClientExists " +
		"userpool.ErrDomainExists userpool.ErrDomainTaken userpool.ErrDomainHost userpool.ErrDomainName userpool.ErrResourceServerExists " +
		"userpool.ErrProviderNotFound userpool.ErrProviderExists userpool.ErrProviderInUse userpool.ErrProviderDetails userpool.ErrProviderType userpool.ErrProviderIdentifier userpool.ErrProviderUnreachable " +
		"userpool.ErrNoReplicas userpool.ErrReplicaNotFound userpool.ErrReplicaPrimary ratelimit.ErrLimitNotFound ratelimit.ErrLimitValue ratelimit.ErrLimitMaximum"
)

// placedAtEdges holds that each exported error of each package that an edge can
// meet stands in that edge's table, or in elsewhere with the reason why not.
func placedAtEdges(s *source) (broken []string) {
	for _, edge := range tables {
		placed, excused, used := s.placed(edge), excuses(edge), map[string]bool{}
		for _, path := range s.reach(edge) {
			for _, d := range s.faults(s.pkgs[path]) {
				if !ast.IsExported(d.name) {
					continue
				}
				key := d.String()
				if _, single := excused[key]; !single {
					key = d.pkg + ".*"
				}
				why, ok := excused[key]
				used[key] = true
				switch {
				case !ok && !placed[d.String()]:
					broken = append(broken, fmt.Sprintf("%s: %s has no entry in %s/errors.go and no reason here why it needs none", d.at, d, edge))
				case ok && placed[d.String()] && !strings.HasSuffix(key, "*"):
					broken = append(broken, fmt.Sprintf("%s has an entry in %s/errors.go and yet a reason why it needs none: %s", d, edge, why))
				}
			}
		}
		for key := range excused {
			if !used[key] {
				broken = append(broken, fmt.Sprintf("%s has a reason for %s, which that edge cannot meet", edge, key))
			}
		}
	}
	return broken
}

// ownErrorsPlaced holds that what an edge itself declares stands in its table,
// unless it is internal.
func ownErrorsPlaced(s *source) (broken []string) {
	for _, edge := range tables {
		if s.pkgs[edge] == nil {
			broken = append(broken, "there is no edge "+edge)
			continue
		}
		placed := s.placed(edge)
		if placed == nil {
			broken = append(broken, edge+" has no errors.go")
			continue
		}
		for _, d := range s.faults(s.pkgs[edge]) {
			if !placed[d.name] && d.code != "challenge_without_page" {
				broken = append(broken, fmt.Sprintf("%s: %s has no entry in %s/errors.go", d.at, d, edge))
			}
		}
	}
	return broken
}

// placed returns the names that stand in the composite literals of an edge's
// errors.go: "pkg.Name", and "Name" for the edge's own. It returns nil if there
// is no such file.
func (s *source) placed(edge string) map[string]bool {
	p := s.pkgs[edge]
	if p == nil {
		return nil
	}
	i := slices.IndexFunc(p.files, func(f *file) bool { return f.path == fmt.Sprintf("internal/%s/errors.go", edge) })
	if i < 0 {
		return nil
	}
	names := map[string]bool{}
	ast.Inspect(p.files[i].ast, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Key
			}
			switch e := e.(type) {
			case *ast.SelectorExpr:
				if x, ok := e.X.(*ast.Ident); ok {
					names[x.Name+"."+e.Sel.Name] = true
				}
			case *ast.Ident:
				names[e.Name] = true
			}
		}
		return true
	})
	return names
}

// excuses returns the reasons of an edge by error.
func excuses(edge string) map[string]string {
	m := map[string]string{}
	for _, e := range elsewhere[edge] {
		for name := range strings.FieldsSeq(e.errors) {
			m[name] = e.why
		}
	}
	return m
}
