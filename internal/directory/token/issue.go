package token

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Tokens are the tokens of one answer.
type Tokens struct {
	ID        seal.Secret // "": openid was not granted
	Access    seal.Secret
	Refresh   seal.Secret // "": none
	ExpiresIn time.Duration
	User      *user.User // whose they are; nil for client credentials
}

// IssueInput is a completed sign-in through the API.
type IssueInput struct {
	Pool     *userpool.Pool
	Client   *userpool.Client
	User     *user.User
	Groups   []*user.Group     // of the user, as they were just read; nil: they are read
	AuthTime time.Time         // zero: now
	Source   string            // of the event for the pool's function; "": trigger.TokensAuthentication
	Metadata map[string]string // ClientMetadata, for the pool's function
	From     Visitor
	Proof    Proof
	Device   device.Key // on which the user signed in; "": none
	Leftover Leftover   // of the proof that completed the sign-in
}

// IssueForSignIn makes a new grant and its tokens for a user who has completed a
// sign-in. The only scope of the grant allows the user to call the API. ErrOvertaken, and
// the errors of in.Leftover.
func (e *Engine) IssueForSignIn(ctx context.Context, in IssueInput) (*Tokens, error) {
	now := e.now()
	g := &Grant{
		ID: GrantID(ids.UUID()), Pool: in.Pool.ID, Client: in.Client.ID, Sub: in.User.Sub, Source: SourceAPI,
		Scopes: []string{userpool.ScopeUserAdmin}, EventID: ids.UUID(),
		AuthTime: in.AuthTime, Created: now, Expires: now.Add(in.Client.RefreshTokenLife()), Activity: activity(in.Pool, in.From, now), DeviceKey: in.Device,
		Proof: in.Proof,
	}
	if g.AuthTime.IsZero() {
		g.AuthTime = now
	}
	refresh := newRefreshToken(g)
	tokens, err := e.issue(ctx, &issuance{
		pool: in.Pool, client: in.Client, user: in.User, groups: in.Groups, grant: g, now: now,
		source: cmp.Or(in.Source, trigger.TokensAuthentication), metadata: in.Metadata,
	})
	if err != nil {
		return nil, err
	}
	if err := e.store.CreateGrant(ctx, g, in.Pool.SessionsPerUser(), completion(in.User, in.Leftover)); err != nil {
		return nil, fmt.Errorf("save grant: %w", err)
	}
	tokens.Refresh = refresh
	return tokens, nil
}

// issuance is the input of making the tokens of one answer.
type issuance struct {
	pool   *userpool.Pool
	client *userpool.Client
	user   *user.User
	grant  *Grant
	now    time.Time
	nonce  string // "": none

	source   string            // of the event for the pool's function
	metadata map[string]string // ClientMetadata; nil: none

	groups []*user.Group // nil: issue reads them

	// issue sets the rest.
	member           membership
	scopes           []string // of the access token
	changes          trigger.TokenChanges
	issuer           string
	idJTI, accessJTI string
}

// issue signs the ID and access tokens that the grant allows. The groups are read
// each time, so that a refresh shows changes.
func (e *Engine) issue(ctx context.Context, i *issuance) (*Tokens, error) {
	var err error
	if i.groups == nil {
		if i.groups, err = e.Users.GroupsOf(ctx, i.pool.ID, i.user.Sub); err != nil {
			return nil, fmt.Errorf("groups of user: %w", err)
		}
	}
	if err := e.Users.ReadIdentities(ctx, i.user); err != nil {
		return nil, fmt.Errorf("identities of user: %w", err)
	}
	if err := e.customize(ctx, i); err != nil {
		return nil, err
	}
	ring, err := e.ring(ctx, i.pool)
	if err != nil {
		return nil, err
	}
	i.issuer, i.idJTI, i.accessJTI = e.Issuer(i.pool), ids.UUID(), ids.UUID()
	access, err := i.signAccess(ring, i.accessClaims())
	if err != nil {
		return nil, err
	}
	t := &Tokens{Access: seal.Secret(access), ExpiresIn: i.client.AccessTokenLife(), User: i.user}
	if i.grant.Source == SourceAPI || contains(i.grant.Scopes, scopeOpenID) {
		id, err := i.signID(ring, access)
		if err != nil {
			return nil, err
		}
		t.ID = seal.Secret(id)
	}
	return t, nil
}

// signAccess signs an access token with the claims that the pool's function left.
func (i *issuance) signAccess(ring *keyring, c Claims) (string, error) {
	c, err := i.changeAccess(c)
	if err != nil {
		return "", err
	}
	return ring.sign(UseAccess, i.now, c)
}

// signID signs the ID token beside an access token.
func (i *issuance) signID(ring *keyring, access string) (string, error) {
	c, err := i.changeID(i.idClaims(access))
	if err != nil {
		return "", err
	}
	return ring.sign(UseID, i.now, c)
}

func (r *keyring) sign(use Use, now time.Time, c Claims) (string, error) {
	payload, err := c.MarshalJSON() // json.Marshal would read the text once more
	if err != nil {
		return "", fmt.Errorf("encode %s token: %w", use, err)
	}
	jws, err := r.signer(use, now).sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign %s token: %w", use, err)
	}
	return jws, nil
}

// atHash returns the claim that binds an ID token to its access token.
// OpenID Connect Core §3.1.3.6.
func atHash(access string) string {
	sum := sha256.Sum256([]byte(access))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
