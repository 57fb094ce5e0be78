package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// The sources of the event of [Engine.PreToken].
const (
	TokensHostedAuth        = "TokenGeneration_HostedAuth"
	TokensAuthentication    = "TokenGeneration_Authentication"
	TokensNewPassword       = "TokenGeneration_NewPasswordChallenge"
	TokensDevice            = "TokenGeneration_AuthenticateDevice"
	TokensRefresh           = "TokenGeneration_RefreshTokens"
	tokensClientCredentials = "TokenGeneration_ClientCredentials"
)

// maxTokenChanges is how many claims and scopes one response may change. Cognito:
// "Pre token generation Lambda trigger".
const maxTokenChanges = 5000

// TokenEvent is what a function may know of tokens that are about to be signed.
type TokenEvent struct {
	Source string
	User   *user.User
	Groups []*user.Group
	Scopes []string // of the access token
}

// TokenChanges is what a function wants to be different in tokens. The zero value
// changes nothing.
type TokenChanges struct {
	ID, Access ClaimChanges
	AddScopes  []string
	DropScopes []string
	Groups     *GroupChanges // nil: the groups stay
}

// ClaimChanges are the changes of one token.
type ClaimChanges struct {
	Set  []Claim // sorted by name
	Drop []string
}

// Claim is a claim that a function sets. Its value is JSON.
type Claim struct {
	Name  string
	Value json.RawMessage
}

// GroupChanges replace what tokens say of groups and roles.
type GroupChanges struct {
	Groups        []string `json:"groupsToOverride"`
	Roles         []string `json:"iamRolesToOverride"`
	PreferredRole *string  `json:"preferredRole"`
}

// PreToken asks the function of TriggerPreToken how the tokens of a user should
// differ. ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) PreToken(ctx context.Context, o Occasion, t TokenEvent) (TokenChanges, error) {
	if !o.Pool.Has(userpool.TriggerPreToken) {
		return TokenChanges{}, nil
	}
	groups := GroupChanges{Groups: []string{}, Roles: []string{}}
	for _, g := range t.Groups {
		groups.Groups = append(groups.Groups, g.Name)
		if g.RoleARN != "" && !slices.Contains(groups.Roles, g.RoleARN) {
			groups.Roles = append(groups.Roles, g.RoleARN)
		}
	}
	if role := user.PreferredRole(t.Groups); role != "" {
		groups.PreferredRole = &role
	}
	request := tokenRequest{Attributes: attributesOf(t.User), Groups: &groups, Metadata: o.Metadata}
	return e.preToken(ctx, o, call{source: t.Source, user: t.User.Username}, request, t.Scopes)
}

// PreMachineToken is PreToken for a token of an app client itself. Only a function
// that gets the third version of the event is asked.
func (e *Engine) PreMachineToken(ctx context.Context, o Occasion, scopes []string) (TokenChanges, error) {
	if !o.Pool.Has(userpool.TriggerPreToken) || o.Pool.Settings.Triggers.TokenEvent < 3 {
		return TokenChanges{}, nil
	}
	request := tokenRequest{Attributes: map[string]string{}, Metadata: o.Metadata}
	return e.preToken(ctx, o, call{source: tokensClientCredentials, user: "ClientCredentials"}, request, scopes)
}

type tokenRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Groups     *GroupChanges     `json:"groupConfiguration"`
	Scopes     []string          `json:"scopes,omitempty"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
}

func (e *Engine) preToken(ctx context.Context, o Occasion, c call, request tokenRequest, scopes []string) (TokenChanges, error) {
	c.trigger = userpool.TriggerPreToken
	version := o.Pool.Settings.Triggers.TokenEvent
	if version < 2 {
		c.request = request
		var response firstTokenResponse
		if err := e.ask(ctx, o, c, &response); err != nil {
			return TokenChanges{}, err
		}
		return response.changes()
	}
	request.Scopes = scopes
	c.version, c.request = strconv.Itoa(version), request
	var response tokenResponse
	if err := e.ask(ctx, o, c, &response); err != nil {
		return TokenChanges{}, err
	}
	return response.changes()
}

// firstTokenResponse is the response to the first version of the event.
type firstTokenResponse struct {
	Details *struct {
		claimResponse
		groupResponse
	} `json:"claimsOverrideDetails"`
}

func (r *firstTokenResponse) changes() (c TokenChanges, err error) {
	if r.Details == nil {
		return c, nil
	}
	if c.ID, err = r.Details.claimResponse.changes(textOnly); err != nil {
		return c, err
	}
	c.Groups, err = r.Details.groupResponse.changes()
	return c, err
}

// tokenResponse is the response to the second and third version.
type tokenResponse struct {
	Details *struct {
		ID     claimResponse `json:"idTokenGeneration"`
		Access struct {
			claimResponse
			AddScopes  []string `json:"scopesToAdd"`
			DropScopes []string `json:"scopesToSuppress"`
		} `json:"accessTokenGeneration"`
		groupResponse
	} `json:"claimsAndScopeOverrideDetails"`
}

func (r *tokenResponse) changes() (c TokenChanges, err error) {
	if r.Details == nil {
		return c, nil
	}
	if c.ID, err = r.Details.ID.changes(anyValue); err != nil {
		return c, err
	}
	if c.Access, err = r.Details.Access.changes(anyValue); err != nil {
		return c, err
	}
	c.AddScopes, c.DropScopes = r.Details.Access.AddScopes, r.Details.Access.DropScopes
	if slices.ContainsFunc(c.AddScopes, notOneScope) {
		return c, ErrOutput.Because(errScope)
	}
	if c.count() > maxTokenChanges {
		return c, ErrOutput.Because(errTooManyChanges)
	}
	c.Groups, err = r.Details.groupResponse.changes()
	return c, err
}

// Causes, for the log.
var (
	errScope          = errors.New("a scope to add is empty or has a character that no scope has")
	errTooManyChanges = errors.New("the function changes too many claims and scopes")
	errClaimValue     = errors.New("the value of a claim has a type that this version of the event does not allow")
)

// notOneScope reports whether s is not one scope. RFC 6749 §3.3.
func notOneScope(s string) bool {
	return s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e || r == '"' || r == '\\' })
}

func (c *TokenChanges) count() int {
	return len(c.ID.Set) + len(c.ID.Drop) + len(c.Access.Set) + len(c.Access.Drop) + len(c.AddScopes) + len(c.DropScopes)
}

type claimResponse struct {
	Set  map[string]json.RawMessage `json:"claimsToAddOrOverride"`
	Drop []string                   `json:"claimsToSuppress"`
}

// changes returns the changes of a token. A claim without a value, null, is not
// set.
func (r claimResponse) changes(allowed func(json.RawMessage) bool) (c ClaimChanges, err error) {
	for _, name := range slices.Sorted(maps.Keys(r.Set)) {
		switch value := r.Set[name]; {
		case string(value) == "null":
		case !allowed(value):
			return c, ErrOutput.Because(errClaimValue)
		default:
			c.Set = append(c.Set, Claim{name, value})
		}
	}
	c.Drop = r.Drop
	if len(c.Set)+len(c.Drop) > maxTokenChanges {
		return c, ErrOutput.Because(errTooManyChanges)
	}
	return c, nil
}

func textOnly(value json.RawMessage) bool { return value[0] == '"' }

func anyValue(json.RawMessage) bool { return true }

// groupResponse has what a response says of groups. An object that is empty or
// null takes all groups away, and no object leaves them as they are.
type groupResponse struct {
	Groups json.RawMessage `json:"groupOverrideDetails,omitempty"`
}

func (r groupResponse) changes() (*GroupChanges, error) {
	if len(r.Groups) == 0 {
		return nil, nil
	}
	var g GroupChanges
	if err := json.Unmarshal(r.Groups, &g); err != nil {
		return nil, ErrOutput.Because(err)
	}
	return &g, nil
}
