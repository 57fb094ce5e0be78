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
	"gatehouse/internal/directory/formerpool"
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

// Config is what an [Engine] needs. Every field without a comment that says otherwise
// must be set.
type Config struct {
	Source *formerpool.Source
	// API has the operations that make pools and what belongs to them. Its Pools take
	// their ids from IDs, and its Region is that of the pool.
	API *cognitoapi.API
	IDs *IDs
	// Asking says how users sign in with the passwords that they have at the source.
	// nil: they choose new ones.
	Asking *Asking
	// Factors says that the second factors of users are read, too: one call for each.
	Factors bool
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
	Waiting                int      // users whose password is asked for when they sign in
	Apps                   int      // users who had an authenticator app, if factors are read
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
	former *userpool.FormerPool // how passwords are asked for; nil: they are not
	report Report
}

// Take takes a pool over. formerpool.ErrSource, formerpool.ErrSourceAway, ErrAsking,
// ErrFactors, and the errors of the store: then the same call goes on with what is missing.
func (e *Engine) Take(ctx context.Context, pool userpool.PoolID) (*Report, error) {
	t := &taking{Engine: e, id: string(pool)}
	for _, step := range []func(context.Context) error{
		t.tryAsking, t.takePool, t.takeFactors, t.keepAsking, t.takeResourceServers, t.takeProviders, t.takeGroups, t.takeClients, t.takeRisks, t.takeUsers, t.takeMembers,
	} {
		if err := step(ctx); err != nil {
			return &t.report, err
		}
	}
	t.report.leave("branding, UI customizations and terms documents: they are not read")
	if t.former == nil {
		t.report.leave("passwords: they cannot be read at the source; users choose a new password with a code")
	}
	t.leaveFactors()
	return &t.report, t.keepTaken(ctx, func(taken *userpool.TakenOver) { taken.Whole = t.cfg.API.Now() })
}

// keepTaken keeps what has come along, for the next time.
func (t *taking) keepTaken(ctx context.Context, change func(*userpool.TakenOver)) error {
	p, err := t.cfg.API.Pools.UpdatePool(ctx, t.pool.ID, func(p *userpool.Pool) error {
		taken := userpool.TakenOver{}
		if p.Settings.Taken != nil {
			taken = *p.Settings.Taken
		}
		change(&taken)
		p.Settings.Taken = &taken
		return nil
	})
	if err == nil {
		t.pool = p
	}
	return err
}

// taken returns what came along before.
func (t *taking) taken() userpool.TakenOver {
	if t.pool.Settings.Taken == nil {
		return userpool.TakenOver{}
	}
	return *t.pool.Settings.Taken
}

// make calls an operation of this installation.
func (t *taking) make(ctx context.Context, operation string, in formerpool.Document) error {
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

// makeWithout is make that leaves out the members that may be missing, as few as it can,
// until what is left is taken. It reports them.
func (t *taking) makeWithout(ctx context.Context, what, operation string, in formerpool.Document, may ...string) error {
	err := t.make(ctx, operation, in)
	if !isAboutMembers(err) {
		return err
	}
	for _, member := range may { // mostly, one alone is refused
		if _, ok := in[member]; !ok {
			continue
		}
		less := maps.Clone(in)
		delete(less, member)
		if again := t.make(ctx, operation, less); !isAboutMembers(again) {
			t.report.leave("%s of %s: %s", member, what, textOf(err))
			return again
		}
	}
	return t.makeWithoutSeveral(ctx, what, operation, in, err, may)
}

// makeWithoutSeveral leaves out the members one after the other; err is why the whole is
// refused.
func (t *taking) makeWithoutSeveral(ctx context.Context, what, operation string, in formerpool.Document, err error, may []string) error {
	for _, member := range may {
		if !isAboutMembers(err) {
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

// isAboutMembers reports whether less may be taken than what was refused.
func isAboutMembers(err error) bool { return refused(err) && !errors.Is(err, userpool.ErrPoolExists) }

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
func (t *taking) take(ctx context.Context, what, operation string, in formerpool.Document, exists error) (made bool, err error) {
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
var mayMiss = []string{"KeyConfiguration", "LambdaConfig", "UserPoolAddOns", "EmailConfiguration", "SmsConfiguration", "UserPoolTags", "UserPoolTier", "DeviceConfiguration", "VerificationMessageTemplate", "AdminCreateUserConfig", "AccountRecoverySetting", "UserAttributeUpdateSettings", "AcrConfiguration", "IssuerConfiguration", "DcrConfiguration", "Policies"}

func (t *taking) takePool(ctx context.Context) error {
	t.cfg.Told("the pool", 0)
	out, err := t.cfg.Source.Call(ctx, "DescribeUserPool", formerpool.Document{"UserPoolId": t.id})
	if err != nil {
		return err
	}
	described, _ := out["UserPool"].(map[string]any)
	from := formerpool.Document(described)
	t.cfg.IDs.want(userpool.PoolID(t.id), "")
	in := from.Only(append([]string{"UsernameAttributes", "AliasAttributes", "UsernameConfiguration", "AutoVerifiedAttributes", "DeletionProtection",
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
	for _, domain := range []string{from.Text("Domain"), from.Text("CustomDomain")} {
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

func (t *taking) in() formerpool.Document {
	return formerpool.Document{"UserPoolId": t.id, "MaxResults": 50}
}

func (t *taking) takeResourceServers(ctx context.Context) error {
	return t.cfg.Source.Each(ctx, "ListResourceServers", "ResourceServers", "NextToken", t.in(), func(d formerpool.Document) error {
		_, err := t.take(ctx, "resource server "+d.Text("Identifier"), "CreateResourceServer", d.Only("UserPoolId", "Identifier", "Name", "Scopes"), userpool.ErrResourceServerExists)
		return err
	})
}

func (t *taking) takeProviders(ctx context.Context) error {
	in := t.in()
	return t.cfg.Source.Each(ctx, "ListIdentityProviders", "Providers", "NextToken", in, func(d formerpool.Document) error {
		out, err := t.cfg.Source.Call(ctx, "DescribeIdentityProvider", formerpool.Document{"UserPoolId": t.id, "ProviderName": d.Text("ProviderName")})
		if err != nil {
			return err
		}
		whole, _ := out["IdentityProvider"].(map[string]any)
		_, err = t.take(ctx, "identity provider "+d.Text("ProviderName"), "CreateIdentityProvider",
			formerpool.Document(whole).Only("UserPoolId", "ProviderName", "ProviderType", "ProviderDetails", "AttributeMapping", "IdpIdentifiers"), userpool.ErrProviderExists)
		return err
	})
}

func (t *taking) takeGroups(ctx context.Context) error {
	in := formerpool.Document{"UserPoolId": t.id, "Limit": 60}
	return t.cfg.Source.Each(ctx, "ListGroups", "Groups", "NextToken", in, func(d formerpool.Document) error {
		made, err := t.take(ctx, "group "+d.Text("GroupName"), "CreateGroup", d.Only("UserPoolId", "GroupName", "Description", "Precedence", "RoleArn"), user.ErrGroupExists)
		if made {
			t.report.Groups++
		}
		return err
	})
}

func (t *taking) takeClients(ctx context.Context) error {
	return t.cfg.Source.Each(ctx, "ListUserPoolClients", "UserPoolClients", "NextToken", t.in(), func(d formerpool.Document) error {
		out, err := t.cfg.Source.Call(ctx, "DescribeUserPoolClient", formerpool.Document{"UserPoolId": t.id, "ClientId": d.Text("ClientId")})
		if err != nil {
			return err
		}
		whole, _ := out["UserPoolClient"].(map[string]any)
		if whole["ClientType"] == "DCR" { // nobody vouches for it, and who registered it is not said
			t.report.leave("app client %s: it registered itself; let it register here", d.Text("ClientId"))
			return nil
		}
		for _, member := range []string{"ClientId", "CreationDate", "LastModifiedDate", "AnalyticsConfiguration"} {
			delete(whole, member)
		}
		t.cfg.IDs.want("", userpool.ClientID(d.Text("ClientId")))
		made, err := t.take(ctx, "app client "+d.Text("ClientId"), "CreateUserPoolClient", whole, userpool.ErrClientExists)
		if made {
			t.report.Clients++
		}
		return err
	})
}

// takeRisks takes over what the pool and its app clients do about risks.
func (t *taking) takeRisks(ctx context.Context) error {
	if !t.pool.Settings.Threats.On() {
		return nil
	}
	if err := t.takeRisksOf(ctx, "the pool", ""); err != nil {
		return err
	}
	return t.cfg.Source.Each(ctx, "ListUserPoolClients", "UserPoolClients", "NextToken", t.in(), func(d formerpool.Document) error {
		return t.takeRisksOf(ctx, "app client "+d.Text("ClientId"), d.Text("ClientId"))
	})
}

// takeRisksOf takes over what the pool, or a client, does about risks, unless something
// was set here already.
func (t *taking) takeRisksOf(ctx context.Context, what, client string) error {
	in := formerpool.Document{"UserPoolId": t.id}
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

func (t *taking) copyRisks(ctx context.Context, in formerpool.Document) error {
	here, err := t.cfg.API.Risks.Configuration(ctx, t.pool, userpool.ClientID(in.Text("ClientId")))
	if err != nil || !here.Modified.IsZero() {
		return err
	}
	out, err := t.cfg.Source.Call(ctx, "DescribeRiskConfiguration", in)
	if err != nil {
		return err
	}
	described, _ := out["RiskConfiguration"].(map[string]any)
	set := formerpool.Document(described).Only("CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration")
	if len(set) == 0 || formerpool.Document(described).Text("ClientId") != in.Text("ClientId") {
		return nil
	}
	maps.Copy(set, in)
	return t.make(ctx, "SetRiskConfiguration", set)
}

func (t *taking) takeUsers(ctx context.Context) error {
	in := formerpool.Document{"UserPoolId": t.id, "Limit": 60}
	return t.cfg.Source.Each(ctx, "ListUsers", "Users", "PaginationToken", in, func(d formerpool.Document) error {
		had, err := t.factorsOf(ctx, d)
		if err == nil {
			err = t.takeUser(ctx, d, had)
		}
		switch {
		case err == nil:
			t.report.Users++
			t.cfg.Told("users", t.report.Users)
		case errors.Is(err, formerpool.ErrSource) && !formerpool.Gone(err): // of this user and of all others
			return err
		case refused(err):
			t.report.leave("user %s: %s", d.Text("Username"), textOf(err))
			return nil
		}
		return err
	})
}

var errFederated = fault.New(fault.Unsupported, "source_federated", "It signs in at another provider: it is made when it does so here.")

func (t *taking) takeUser(ctx context.Context, d formerpool.Document, had factors) error {
	if d.Text("UserStatus") == string(user.External) {
		return errFederated
	}
	n := user.NewUser{Username: d.Text("Username"), Attributes: map[string]string{}}
	var waits bool
	n.Status, waits = t.statusOf(d.Text("UserStatus"))
	list, _ := d["Attributes"].([]any)
	for _, entry := range list {
		a, _ := entry.(map[string]any)
		n.Attributes[formerpool.Document(a).Text("Name")] = formerpool.Document(a).Text("Value")
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
	if waits {
		if u.Password, err = t.cfg.Asking.Credentials.KeepFormer(t.pool, u); err != nil {
			return err
		}
	}
	had.bring(t.pool, u)
	err = t.cfg.API.Users.Create(ctx, t.pool, u, false)
	if errors.Is(err, user.ErrUsernameExists) {
		u, err = t.again(ctx, u, err)
	}
	if err != nil {
		return err
	}
	if u.Password != nil && u.Password.Form == user.FormFormer {
		t.report.Waiting++
	}
	if slices.Contains(had.on, user.SoftwareTokenMFA) {
		t.report.Apps++
	}
	return nil
}

// statusOf returns the status here of a user with a status at the source, and whether
// the password is asked for there. Without a password, there is one to choose.
func (t *taking) statusOf(there string) (here user.Status, waits bool) {
	switch status := user.Status(there); {
	case status == user.Unconfirmed:
		return user.Unconfirmed, false
	case t.former != nil && (status == user.Confirmed || status == user.ForceChangePassword):
		return status, true
	}
	return user.ResetRequired, false
}

// again returns a user who was taken over before, or exists. A user to whom nothing has
// happened here since gets what next has besides: a password, and second factors.
func (t *taking) again(ctx context.Context, next *user.User, exists error) (*user.User, error) {
	u, err := t.cfg.API.Users.User(ctx, t.pool.ID, next.Sub)
	if errors.Is(err, user.ErrUserNotFound) {
		return nil, exists
	}
	if err != nil {
		return nil, err
	}
	if trial := *u; !complete(&trial, next) {
		return u, nil
	}
	return t.cfg.API.Users.Update(ctx, t.pool, u.Sub, user.Change{Apply: func(u *user.User) error {
		complete(u, next)
		return nil
	}})
}

// complete gives a user what next has besides, and reports whether that is something.
func complete(u, next *user.User) (changed bool) {
	if !untouched(u) {
		return false
	}
	if u.Password == nil && next.Password != nil {
		u.Password, u.Status, changed = next.Password, next.Status, true
	}
	if u.Security.MFA == (user.MFA{}) && next.Security.MFA != u.Security.MFA {
		u.Security.MFA, changed = next.Security.MFA, true
	}
	return changed
}

// untouched reports whether a user is as it was taken over.
func untouched(u *user.User) bool {
	waits := u.Password != nil && u.Password.Form == user.FormFormer
	return (waits || u.Password == nil && u.Status == user.ResetRequired) && u.Modified.Equal(u.Created)
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

func (t *taking) takeMembers(ctx context.Context) error {
	var groups []string
	in := formerpool.Document{"UserPoolId": t.id, "Limit": 60}
	err := t.cfg.Source.Each(ctx, "ListGroups", "Groups", "NextToken", in, func(d formerpool.Document) error {
		groups = append(groups, d.Text("GroupName"))
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

// takeMembersOf puts users in a group. A user who was there when the whole pool had come
// along stays in the groups in which an administrator has the user since.
func (t *taking) takeMembersOf(ctx context.Context, group string) error {
	in := formerpool.Document{"UserPoolId": t.id, "GroupName": group, "Limit": 60}
	return t.cfg.Source.Each(ctx, "ListUsersInGroup", "Users", "NextToken", in, func(d formerpool.Document) error {
		u, err := t.cfg.API.Users.User(ctx, t.pool.ID, user.Sub(d.Attribute("Attributes", "sub")))
		if err == nil && u.Created.After(t.taken().Whole) {
			err = t.cfg.API.Users.AddMember(ctx, group, u)
		}
		if errors.Is(err, user.ErrUserNotFound) || errors.Is(err, user.ErrGroupNotFound) { // reported where it was not made
			return nil
		}
		return err
	})
}
