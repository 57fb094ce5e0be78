package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// IDs gives pools and clients that are taken over the ids that they had. The zero value
// gives none, and new ones are made.
type IDs struct {
	mu     sync.Mutex
	pool   userpool.PoolID
	client userpool.ClientID
}

// Pool is for [userpool.Config].
func (i *IDs) Pool(region string) userpool.PoolID {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.pool == "" {
		return userpool.NewPoolID(region)
	}
	return i.pool
}

// Client is for [userpool.Config].
func (i *IDs) Client() userpool.ClientID {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.client
}

func (i *IDs) want(pool userpool.PoolID, client userpool.ClientID) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.pool, i.client = pool, client
}

// Config is what an [Engine] needs. Every field must be set.
type Config struct {
	Source *Source
	// API has the operations that make pools and what belongs to them. Its Pools take
	// their ids from IDs, and its Region is that of the pool.
	API *cognitoapi.API
	IDs *IDs
	// Told is told what is being done, and how many users are there.
	Told func(what string, n int)
}

// Engine takes pools over.
type Engine struct {
	cfg Config
	ops *wire.Operations
}

// New returns an engine. It calls nobody.
func New(c Config) *Engine { return &Engine{cfg: c, ops: c.API.Operations()} }

// Report says what became of a pool.
type Report struct {
	Users, Clients, Groups int
	Left                   []string // what did not come along, and why; for people
}

func (r *Report) leave(format string, args ...any) {
	r.Left = append(r.Left, fmt.Sprintf(format, args...))
}

// taking is the taking over of one pool.
type taking struct {
	*Engine
	id     string
	pool   *userpool.Pool
	report Report
}

// Take takes a pool over. ErrSource, ErrSourceAway, and the errors of the store: then
// the same call goes on with what is missing.
func (e *Engine) Take(ctx context.Context, pool userpool.PoolID) (*Report, error) {
	t := &taking{Engine: e, id: string(pool)}
	for _, step := range []func(context.Context) error{
		t.takePool, t.takeResourceServers, t.takeProviders, t.takeGroups, t.takeClients, t.takeFactors, t.takeRisks, t.takeUsers, t.takeMembers,
	} {
		if err := step(ctx); err != nil {
			return &t.report, err
		}
	}
	t.report.leave("branding, UI customizations and terms documents: they are not read")
	t.report.leave("passwords, authenticator apps, passkeys and remembered devices: they cannot be read at the source; users choose a new password with a code")
	return &t.report, nil
}

// make calls an operation of this installation.
func (t *taking) make(ctx context.Context, operation string, in document) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	op := wire.Find(operation)
	decoded, err := op.Decode(body)
	if err != nil {
		return err
	}
	if err := wire.Validate(decoded); err != nil {
		return err
	}
	_, err = op.Call(ctx, t.ops, decoded)
	return err
}

// makeWithout is make that leaves out, one by one, the members that may be missing
// until what is left is taken. It reports them.
func (t *taking) makeWithout(ctx context.Context, what, operation string, in document, may ...string) error {
	err := t.make(ctx, operation, in)
	for _, member := range may {
		if !refused(err) || errors.Is(err, userpool.ErrPoolExists) {
			return err
		}
		if _, ok := in[member]; !ok {
			continue
		}
		t.report.leave("%s of %s: %s", member, what, textOf(err))
		delete(in, member)
		err = t.make(ctx, operation, in)
	}
	return err
}

// refused reports whether an error is about what was asked for, and not our failure.
func refused(err error) bool {
	if err == nil {
		return false
	}
	kind := fault.KindOf(err)
	return kind != fault.Internal && kind != fault.Unavailable
}

func textOf(err error) string {
	if f := fault.As(err); f != nil {
		return f.Message
	}
	return err.Error()
}

// take makes what is missing. One that is there stays as it is, and one that is refused
// is reported.
func (t *taking) take(ctx context.Context, what, operation string, in document, exists error) (made bool, err error) {
	err = t.make(ctx, operation, in)
	switch {
	case err == nil, errors.Is(err, exists):
		return true, nil
	case refused(err):
		t.report.leave("%s: %s", what, textOf(err))
		return false, nil
	}
	return false, err
}

// mayMiss are the settings of a pool without which it can be made, those first that
// depend on what surrounds a pool.
var mayMiss = []string{"LambdaConfig", "UserPoolAddOns", "EmailConfiguration", "SmsConfiguration", "UserPoolTags", "UserPoolTier", "DeviceConfiguration", "VerificationMessageTemplate", "AdminCreateUserConfig", "AccountRecoverySetting", "UserAttributeUpdateSettings", "Policies"}

func (t *taking) takePool(ctx context.Context) error {
	t.cfg.Told("the pool", 0)
	out, err := t.cfg.Source.call(ctx, "DescribeUserPool", document{"UserPoolId": t.id})
	if err != nil {
		return err
	}
	described, _ := out["UserPool"].(map[string]any)
	from := document(described)
	t.cfg.IDs.want(userpool.PoolID(t.id), "")
	in := from.only(append([]string{"UsernameAttributes", "AliasAttributes", "UsernameConfiguration", "AutoVerifiedAttributes", "DeletionProtection",
		"EmailVerificationMessage", "EmailVerificationSubject", "SmsVerificationMessage", "SmsAuthenticationMessage"}, mayMiss...)...)
	in["PoolName"] = from["Name"]
	if schema := schemaOf(from["SchemaAttributes"]); len(schema) > 0 {
		in["Schema"] = schema
	}
	if admin, ok := in["AdminCreateUserConfig"].(map[string]any); ok {
		delete(admin, "UnusedAccountValidityDays") // it stands in the policy, and may stand in one place
	}
	if lambda, ok := in["LambdaConfig"].(map[string]any); ok && len(lambda) == 0 {
		delete(in, "LambdaConfig")
	}
	err = t.makeWithout(ctx, "the pool", "CreateUserPool", in, mayMiss...)
	if err != nil && !errors.Is(err, userpool.ErrPoolExists) {
		return err
	}
	for _, domain := range []string{from.text("Domain"), from.text("CustomDomain")} {
		if domain != "" {
			t.report.leave("domain %s: make it here with CreateUserPoolDomain when its name leads here", domain)
		}
	}
	t.pool, err = t.cfg.API.Pools.Pool(ctx, userpool.PoolID(t.id))
	return err
}

// schemaOf returns the attributes as CreateUserPool takes them: custom ones, and
// standard ones that are required.
func schemaOf(described any) []any {
	list, _ := described.([]any)
	var schema []any
	for _, entry := range list {
		a, _ := entry.(map[string]any)
		name, _ := a["Name"].(string)
		required, _ := a["Required"].(bool)
		short := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "dev:"), "custom:"), "dev:")
		if short == name && (!required || name == "sub") {
			continue
		}
		a["Name"] = short
		schema = append(schema, a)
	}
	return schema
}

func (t *taking) in() document { return document{"UserPoolId": t.id, "MaxResults": 50} }

func (t *taking) takeResourceServers(ctx context.Context) error {
	return t.cfg.Source.each(ctx, "ListResourceServers", "ResourceServers", "NextToken", t.in(), func(d document) error {
		_, err := t.take(ctx, "resource server "+d.text("Identifier"), "CreateResourceServer", d.only("UserPoolId", "Identifier", "Name", "Scopes"), userpool.ErrResourceServerExists)
		return err
	})
}

func (t *taking) takeProviders(ctx context.Context) error {
	in := t.in()
	return t.cfg.Source.each(ctx, "ListIdentityProviders", "Providers", "NextToken", in, func(d document) error {
		out, err := t.cfg.Source.call(ctx, "DescribeIdentityProvider", document{"UserPoolId": t.id, "ProviderName": d.text("ProviderName")})
		if err != nil {
			return err
		}
		whole, _ := out["IdentityProvider"].(map[string]any)
		_, err = t.take(ctx, "identity provider "+d.text("ProviderName"), "CreateIdentityProvider",
			document(whole).only("UserPoolId", "ProviderName", "ProviderType", "ProviderDetails", "AttributeMapping", "IdpIdentifiers"), userpool.ErrProviderExists)
		return err
	})
}

func (t *taking) takeGroups(ctx context.Context) error {
	in := document{"UserPoolId": t.id, "Limit": 60}
	return t.cfg.Source.each(ctx, "ListGroups", "Groups", "NextToken", in, func(d document) error {
		made, err := t.take(ctx, "group "+d.text("GroupName"), "CreateGroup", d.only("UserPoolId", "GroupName", "Description", "Precedence", "RoleArn"), user.ErrGroupExists)
		if made {
			t.report.Groups++
		}
		return err
	})
}

func (t *taking) takeClients(ctx context.Context) error {
	return t.cfg.Source.each(ctx, "ListUserPoolClients", "UserPoolClients", "NextToken", t.in(), func(d document) error {
		out, err := t.cfg.Source.call(ctx, "DescribeUserPoolClient", document{"UserPoolId": t.id, "ClientId": d.text("ClientId")})
		if err != nil {
			return err
		}
		whole, _ := out["UserPoolClient"].(map[string]any)
		for _, member := range []string{"ClientId", "CreationDate", "LastModifiedDate", "AnalyticsConfiguration"} {
			delete(whole, member)
		}
		t.cfg.IDs.want("", userpool.ClientID(d.text("ClientId")))
		made, err := t.take(ctx, "app client "+d.text("ClientId"), "CreateUserPoolClient", whole, userpool.ErrClientExists)
		if made {
			t.report.Clients++
		}
		return err
	})
}

// takeFactors takes over which second factors the pool asks for.
func (t *taking) takeFactors(ctx context.Context) error {
	out, err := t.cfg.Source.call(ctx, "GetUserPoolMfaConfig", document{"UserPoolId": t.id})
	if err != nil {
		return err
	}
	out["UserPoolId"] = t.id
	err = t.makeWithout(ctx, "the second factors", "SetUserPoolMfaConfig", out, "WebAuthnConfiguration", "SmsMfaConfiguration", "EmailMfaConfiguration")
	if refused(err) {
		t.report.leave("second factors: %s", textOf(err))
		return nil
	}
	return err
}

// takeRisks takes over what the pool and its app clients do about risks.
func (t *taking) takeRisks(ctx context.Context) error {
	if !t.pool.Settings.Threats.On() {
		return nil
	}
	if err := t.takeRisksOf(ctx, "the pool", ""); err != nil {
		return err
	}
	return t.cfg.Source.each(ctx, "ListUserPoolClients", "UserPoolClients", "NextToken", t.in(), func(d document) error {
		return t.takeRisksOf(ctx, "app client "+d.text("ClientId"), d.text("ClientId"))
	})
}

// takeRisksOf takes over what the pool, or a client, does about risks, unless something
// was set here already.
func (t *taking) takeRisksOf(ctx context.Context, what, client string) error {
	in := document{"UserPoolId": t.id}
	if client != "" {
		in["ClientId"] = client
	}
	err := t.copyRisks(ctx, in)
	if errors.Is(err, userpool.ErrClientNotFound) { // reported where it was not made
		return nil
	}
	if refused(err) {
		t.report.leave("threat protection of %s: %s", what, textOf(err))
		return nil
	}
	return err
}

func (t *taking) copyRisks(ctx context.Context, in document) error {
	here, err := t.cfg.API.Risks.Configuration(ctx, t.pool, userpool.ClientID(in.text("ClientId")))
	if err != nil || !here.Modified.IsZero() {
		return err
	}
	out, err := t.cfg.Source.call(ctx, "DescribeRiskConfiguration", in)
	if err != nil {
		return err
	}
	described, _ := out["RiskConfiguration"].(map[string]any)
	set := document(described).only("CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration")
	if len(set) == 0 || document(described).text("ClientId") != in.text("ClientId") {
		return nil
	}
	maps.Copy(set, in)
	return t.make(ctx, "SetRiskConfiguration", set)
}

// statuses are what users are here who had another status. They have no password yet.
var statuses = map[string]user.Status{"UNCONFIRMED": user.Unconfirmed}

func (t *taking) takeUsers(ctx context.Context) error {
	in := document{"UserPoolId": t.id, "Limit": 60}
	return t.cfg.Source.each(ctx, "ListUsers", "Users", "PaginationToken", in, func(d document) error {
		err := t.takeUser(ctx, d)
		if refused(err) {
			t.report.leave("user %s: %s", d.text("Username"), textOf(err))
			return nil
		}
		if err == nil {
			t.report.Users++
			t.cfg.Told("users", t.report.Users)
		}
		return err
	})
}

var errFederated = fault.New(fault.Unsupported, "source_federated", "It signs in at another provider: it is made when it does so here.")

func (t *taking) takeUser(ctx context.Context, d document) error {
	if d.text("UserStatus") == string(user.External) {
		return errFederated
	}
	n := user.NewUser{Username: d.text("Username"), Status: user.ResetRequired, Attributes: map[string]string{}}
	if s, ok := statuses[d.text("UserStatus")]; ok {
		n.Status = s
	}
	list, _ := d["Attributes"].([]any)
	for _, entry := range list {
		a, _ := entry.(map[string]any)
		n.Attributes[document(a).text("Name")] = document(a).text("Value")
	}
	n.Sub = user.Sub(n.Attributes["sub"])
	for _, name := range []string{"sub", "identities", "cognito:user_status"} {
		delete(n.Attributes, name)
	}
	if len(t.pool.Settings.UsernameAttributes) > 0 {
		n.Username = t.nameOf(n)
	}
	u, err := t.cfg.API.Users.Draft(t.pool, n)
	if err != nil {
		return err
	}
	if enabled, ok := d["Enabled"].(bool); ok {
		u.Enabled = enabled
	}
	err = t.cfg.API.Users.Create(ctx, t.pool, u, false)
	if there, found := t.there(ctx, n.Sub); found == nil && there && errors.Is(err, user.ErrUsernameExists) {
		return nil
	}
	return err
}

// nameOf returns the attribute that is the username of a user whose pool calls it by
// its sub.
func (t *taking) nameOf(n user.NewUser) string {
	for _, attribute := range []string{"email", "phone_number"} {
		if slices.Contains(t.pool.Settings.UsernameAttributes, attribute) && n.Attributes[attribute] != "" {
			return n.Attributes[attribute]
		}
	}
	return n.Username
}

// there reports whether a user was taken over before.
func (t *taking) there(ctx context.Context, sub user.Sub) (bool, error) {
	_, err := t.cfg.API.Users.User(ctx, t.pool.ID, sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (t *taking) takeMembers(ctx context.Context) error {
	var groups []string
	in := document{"UserPoolId": t.id, "Limit": 60}
	err := t.cfg.Source.each(ctx, "ListGroups", "Groups", "NextToken", in, func(d document) error {
		groups = append(groups, d.text("GroupName"))
		return nil
	})
	if err != nil {
		return err
	}
	for _, group := range groups {
		if err := t.takeMembersOf(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

func (t *taking) takeMembersOf(ctx context.Context, group string) error {
	in := document{"UserPoolId": t.id, "GroupName": group, "Limit": 60}
	return t.cfg.Source.each(ctx, "ListUsersInGroup", "Users", "NextToken", in, func(d document) error {
		u, err := t.cfg.API.Users.User(ctx, t.pool.ID, subOf(d))
		if err == nil {
			err = t.cfg.API.Users.AddMember(ctx, group, u)
		}
		if errors.Is(err, user.ErrUserNotFound) || errors.Is(err, user.ErrGroupNotFound) { // reported where it was not made
			return nil
		}
		return err
	})
}

func subOf(d document) user.Sub {
	list, _ := d["Attributes"].([]any)
	for _, entry := range list {
		if a, _ := entry.(map[string]any); document(a).text("Name") == "sub" {
			return user.Sub(document(a).text("Value"))
		}
	}
	return ""
}
