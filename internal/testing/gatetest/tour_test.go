package gatetest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest"
)

// databases run a test on each engine.
func databases(t *testing.T, test func(t *testing.T, gt *gatetest.Server)) {
	t.Run("SQLite", func(t *testing.T) { test(t, gatetest.New(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, gatetest.New(t, gatetest.OnPostgres)) })
}

// calls remembers which operations were answered without an error.
type calls struct {
	mu sync.Mutex
	ok map[string]bool
}

// watch makes every call of the client count. It returns the option that each
// call needs.
func (c *calls) watch(o *idp.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("watch", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if err == nil {
				c.mu.Lock()
				c.ok[middleware.GetOperationName(ctx)] = true
				c.mu.Unlock()
			}
			return out, metadata, err
		}), middleware.After)
	})
}

// tour goes through every operation on its happy path.
type tour struct {
	*gatetest.Server
	t              *testing.T
	signed, public *idp.Client
	ctx            context.Context
}

// ok fails the test at once: the next steps stand on this one.
func ok[T any](t *testing.T) func(*T, error) *T {
	return func(out *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// Every operation that is offered works, on both engines.
func TestTour(t *testing.T) {
	databases(t, func(t *testing.T, gt *gatetest.Server) {
		c := &calls{ok: map[string]bool{}}
		tour := &tour{gt, t, idp.New(gt.API.Options(), c.watch), idp.New(gt.Public.Options(), c.watch), t.Context()}
		tour.pools()
		tour.resourceServers()
		tour.domains()
		tour.clients()
		tour.users()
		tour.groups()
		tour.signIn()
		tour.signUp()
		tour.recovery()
		tour.tokens()
		for _, name := range cognitoapi.Offered() {
			if !c.ok[name] {
				t.Errorf("%s is offered, and the tour does not call it", name)
			}
		}
	})
}

func (r *tour) pools() {
	t := r.t
	made := ok[idp.CreateUserPoolOutput](t)(r.signed.CreateUserPool(r.ctx, &idp.CreateUserPoolInput{PoolName: aws.String("tour"), UserPoolTags: map[string]string{"a": "1"}})).UserPool
	id, arn := made.Id, made.Arn
	if !strings.HasPrefix(*id, "us-east-1_") || *arn != "arn:aws:cognito-idp:us-east-1:000000000000:userpool/"+*id {
		t.Errorf("id %s, ARN %s", *id, *arn)
	}
	ok[idp.UpdateUserPoolOutput](t)(r.signed.UpdateUserPool(r.ctx, &idp.UpdateUserPoolInput{UserPoolId: id, PoolName: aws.String("renamed"), UserPoolTags: map[string]string{"a": "1"}}))
	ok[idp.AddCustomAttributesOutput](t)(r.signed.AddCustomAttributes(r.ctx, &idp.AddCustomAttributesInput{UserPoolId: id, CustomAttributes: []types.SchemaAttributeType{{Name: aws.String("badge"), AttributeDataType: types.AttributeDataTypeNumber}}}))
	got := ok[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: id})).UserPool
	last := got.SchemaAttributes[len(got.SchemaAttributes)-1]
	if *got.Name != "renamed" || *last.Name != "custom:badge" || len(got.SchemaAttributes) != 21 {
		t.Errorf("pool %s with %d attributes, the last %s", *got.Name, len(got.SchemaAttributes), *last.Name)
	}
	if mfa := ok[idp.GetUserPoolMfaConfigOutput](t)(r.signed.GetUserPoolMfaConfig(r.ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: id})); mfa.MfaConfiguration != types.UserPoolMfaTypeOff {
		t.Errorf("MFA %s, want OFF", mfa.MfaConfiguration)
	}
	ok[idp.TagResourceOutput](t)(r.signed.TagResource(r.ctx, &idp.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"b": "2"}}))
	ok[idp.UntagResourceOutput](t)(r.signed.UntagResource(r.ctx, &idp.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))
	tags := ok[idp.ListTagsForResourceOutput](t)(r.signed.ListTagsForResource(r.ctx, &idp.ListTagsForResourceInput{ResourceArn: arn})).Tags
	if len(tags) != 1 || tags["b"] != "2" {
		t.Errorf("tags %v, want b alone", tags)
	}
	list := ok[idp.ListUserPoolsOutput](t)(r.signed.ListUserPools(r.ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	if !slices.ContainsFunc(list.UserPools, func(p types.UserPoolDescriptionType) bool { return *p.Id == *id }) {
		t.Error("the new pool is not in the list")
	}
	ok[idp.DeleteUserPoolOutput](t)(r.signed.DeleteUserPool(r.ctx, &idp.DeleteUserPoolInput{UserPoolId: id}))
}

func (r *tour) resourceServers() {
	t, id := r.t, aws.String("https://api.example.com")
	scope := func(name string) []types.ResourceServerScopeType {
		return []types.ResourceServerScopeType{{ScopeName: &name, ScopeDescription: &name}}
	}
	ok[idp.CreateResourceServerOutput](t)(r.signed.CreateResourceServer(r.ctx, &idp.CreateResourceServerInput{UserPoolId: &r.Pool, Identifier: id, Name: aws.String("api"), Scopes: scope("read")}))
	ok[idp.UpdateResourceServerOutput](t)(r.signed.UpdateResourceServer(r.ctx, &idp.UpdateResourceServerInput{UserPoolId: &r.Pool, Identifier: id, Name: aws.String("API"), Scopes: scope("write")}))
	got := ok[idp.DescribeResourceServerOutput](t)(r.signed.DescribeResourceServer(r.ctx, &idp.DescribeResourceServerInput{UserPoolId: &r.Pool, Identifier: id})).ResourceServer
	if *got.Name != "API" || len(got.Scopes) != 1 || *got.Scopes[0].ScopeName != "write" {
		t.Errorf("resource server %s with %d scopes", *got.Name, len(got.Scopes))
	}
	if list := ok[idp.ListResourceServersOutput](t)(r.signed.ListResourceServers(r.ctx, &idp.ListResourceServersInput{UserPoolId: &r.Pool, MaxResults: aws.Int32(50)})); len(list.ResourceServers) != 1 {
		t.Errorf("%d resource servers, want 1", len(list.ResourceServers))
	}
	ok[idp.DeleteResourceServerOutput](t)(r.signed.DeleteResourceServer(r.ctx, &idp.DeleteResourceServerInput{UserPoolId: &r.Pool, Identifier: id}))
}

func (r *tour) domains() {
	t, name := r.t, aws.String("tour")
	ok[idp.CreateUserPoolDomainOutput](t)(r.signed.CreateUserPoolDomain(r.ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &r.Pool, Domain: name}))
	ok[idp.UpdateUserPoolDomainOutput](t)(r.signed.UpdateUserPoolDomain(r.ctx, &idp.UpdateUserPoolDomainInput{UserPoolId: &r.Pool, Domain: name, ManagedLoginVersion: aws.Int32(2)}))
	got := ok[idp.DescribeUserPoolDomainOutput](t)(r.signed.DescribeUserPoolDomain(r.ctx, &idp.DescribeUserPoolDomainInput{Domain: name})).DomainDescription
	if *got.UserPoolId != r.Pool || *got.ManagedLoginVersion != 2 || got.Status != types.DomainStatusTypeActive || len(*got.Version) != 14 {
		t.Errorf("domain %+v", got)
	}
	if p := ok[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: &r.Pool})).UserPool; aws.ToString(p.Domain) != "tour" {
		t.Errorf("the pool's domain is %s", aws.ToString(p.Domain))
	}
	ok[idp.DeleteUserPoolDomainOutput](t)(r.signed.DeleteUserPoolDomain(r.ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: &r.Pool, Domain: name}))
	if got := ok[idp.DescribeUserPoolDomainOutput](t)(r.signed.DescribeUserPoolDomain(r.ctx, &idp.DescribeUserPoolDomainInput{Domain: name})).DomainDescription; got == nil || got.UserPoolId != nil {
		t.Errorf("a domain that nobody has: %+v, want an empty description", got)
	}
}

func (r *tour) clients() {
	t := r.t
	made := ok[idp.CreateUserPoolClientOutput](t)(r.signed.CreateUserPoolClient(r.ctx, &idp.CreateUserPoolClientInput{UserPoolId: &r.Pool, ClientName: aws.String("app"), GenerateSecret: true})).UserPoolClient
	if len(*made.ClientId) != 26 || len(*made.ClientSecret) != 52 {
		t.Errorf("client id of %d, secret of %d characters", len(*made.ClientId), len(*made.ClientSecret))
	}
	updated := ok[idp.UpdateUserPoolClientOutput](t)(r.signed.UpdateUserPoolClient(r.ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId, RefreshTokenValidity: 7})).UserPoolClient
	got := ok[idp.DescribeUserPoolClientOutput](t)(r.signed.DescribeUserPoolClient(r.ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId})).UserPoolClient
	if updated.RefreshTokenValidity != 7 || got.RefreshTokenValidity != 7 || *got.ClientSecret != *made.ClientSecret || *got.ClientName != "app" {
		t.Errorf("after the change: %d days, name %s", got.RefreshTokenValidity, *got.ClientName)
	}
	if list := ok[idp.ListUserPoolClientsOutput](t)(r.signed.ListUserPoolClients(r.ctx, &idp.ListUserPoolClientsInput{UserPoolId: &r.Pool})); len(list.UserPoolClients) != 1 {
		t.Errorf("%d clients, want 1", len(list.UserPoolClients))
	}
	ok[idp.DeleteUserPoolClientOutput](t)(r.signed.DeleteUserPoolClient(r.ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId}))
}

func (r *tour) users() {
	t, name := r.t, aws.String("ursula")
	made := ok[idp.AdminCreateUserOutput](t)(r.signed.AdminCreateUser(r.ctx, &idp.AdminCreateUserInput{
		UserPoolId: &r.Pool, Username: name, DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: gatetest.Attributes("email", "ursula@example.com", "email_verified", "True"),
	})).User
	if made.UserStatus != types.UserStatusTypeForceChangePassword || !made.Enabled || *made.Attributes[0].Name != "sub" || len(r.Sent("ursula@example.com")) != 1 {
		t.Errorf("new user %+v, %d messages", made, len(r.Sent("ursula@example.com")))
	}
	ok[idp.AdminSetUserPasswordOutput](t)(r.signed.AdminSetUserPassword(r.ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &r.Pool, Username: name, Password: aws.String(gatetest.Password), Permanent: true}))
	ok[idp.AdminUpdateUserAttributesOutput](t)(r.signed.AdminUpdateUserAttributes(r.ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &r.Pool, Username: name, UserAttributes: gatetest.Attributes("name", "Ursula", "nickname", "U")}))
	ok[idp.AdminDeleteUserAttributesOutput](t)(r.signed.AdminDeleteUserAttributes(r.ctx, &idp.AdminDeleteUserAttributesInput{UserPoolId: &r.Pool, Username: name, UserAttributeNames: []string{"nickname"}}))
	ok[idp.AdminDisableUserOutput](t)(r.signed.AdminDisableUser(r.ctx, &idp.AdminDisableUserInput{UserPoolId: &r.Pool, Username: name}))
	got := ok[idp.AdminGetUserOutput](t)(r.signed.AdminGetUser(r.ctx, &idp.AdminGetUserInput{UserPoolId: &r.Pool, Username: name}))
	if got.Enabled || got.UserStatus != types.UserStatusTypeConfirmed || attribute(got.UserAttributes, "name") != "Ursula" || attribute(got.UserAttributes, "nickname") != "" || attribute(got.UserAttributes, "email_verified") != "true" {
		t.Errorf("user enabled %t, %s, %v", got.Enabled, got.UserStatus, got.UserAttributes)
	}
	ok[idp.AdminEnableUserOutput](t)(r.signed.AdminEnableUser(r.ctx, &idp.AdminEnableUserInput{UserPoolId: &r.Pool, Username: name}))
	list := ok[idp.ListUsersOutput](t)(r.signed.ListUsers(r.ctx, &idp.ListUsersInput{UserPoolId: &r.Pool, Filter: aws.String(`email ^= "URS"`), AttributesToGet: []string{"name"}}))
	if len(list.Users) != 1 || len(list.Users[0].Attributes) != 1 || attribute(list.Users[0].Attributes, "name") != "Ursula" {
		t.Errorf("found %+v", list.Users)
	}
	ok[idp.AdminUserGlobalSignOutOutput](t)(r.signed.AdminUserGlobalSignOut(r.ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: &r.Pool, Username: name}))
	ok[idp.AdminDeleteUserOutput](t)(r.signed.AdminDeleteUser(r.ctx, &idp.AdminDeleteUserInput{UserPoolId: &r.Pool, Username: name}))
}

func attribute(list []types.AttributeType, name string) string {
	for _, a := range list {
		if *a.Name == name {
			return *a.Value
		}
	}
	return ""
}

func (r *tour) groups() {
	t, name, who := r.t, aws.String("staff"), aws.String("grace")
	r.MustUser("grace")
	ok[idp.CreateGroupOutput](t)(r.signed.CreateGroup(r.ctx, &idp.CreateGroupInput{UserPoolId: &r.Pool, GroupName: name, Description: aws.String("all"), Precedence: aws.Int32(0)}))
	ok[idp.UpdateGroupOutput](t)(r.signed.UpdateGroup(r.ctx, &idp.UpdateGroupInput{UserPoolId: &r.Pool, GroupName: name, RoleArn: aws.String("arn:aws:iam::000000000000:role/staff")}))
	got := ok[idp.GetGroupOutput](t)(r.signed.GetGroup(r.ctx, &idp.GetGroupInput{UserPoolId: &r.Pool, GroupName: name})).Group
	if aws.ToString(got.Description) != "all" || got.Precedence == nil || *got.Precedence != 0 || got.RoleArn == nil {
		t.Errorf("group %+v, want what was left out kept", got)
	}
	for range 2 {
		ok[idp.AdminAddUserToGroupOutput](t)(r.signed.AdminAddUserToGroup(r.ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &r.Pool, GroupName: name, Username: who}))
	}
	if list := ok[idp.ListUsersInGroupOutput](t)(r.signed.ListUsersInGroup(r.ctx, &idp.ListUsersInGroupInput{UserPoolId: &r.Pool, GroupName: name})); len(list.Users) != 1 || *list.Users[0].Username != "grace" {
		t.Errorf("members %+v", list.Users)
	}
	if list := ok[idp.AdminListGroupsForUserOutput](t)(r.signed.AdminListGroupsForUser(r.ctx, &idp.AdminListGroupsForUserInput{UserPoolId: &r.Pool, Username: who})); len(list.Groups) != 1 {
		t.Errorf("groups %+v", list.Groups)
	}
	if list := ok[idp.ListGroupsOutput](t)(r.signed.ListGroups(r.ctx, &idp.ListGroupsInput{UserPoolId: &r.Pool})); len(list.Groups) != 1 {
		t.Errorf("groups %+v", list.Groups)
	}
	for range 2 {
		ok[idp.AdminRemoveUserFromGroupOutput](t)(r.signed.AdminRemoveUserFromGroup(r.ctx, &idp.AdminRemoveUserFromGroupInput{UserPoolId: &r.Pool, GroupName: name, Username: who}))
	}
	ok[idp.DeleteGroupOutput](t)(r.signed.DeleteGroup(r.ctx, &idp.DeleteGroupInput{UserPoolId: &r.Pool, GroupName: name}))
}

func (r *tour) signIn() {
	t := r.t
	c := r.MustClient(gatetest.Confidential)
	hash := func(name string) string {
		return userpool.SecretHash(secret(*c.ClientSecret), name, userpool.ClientID(*c.ClientId)).Reveal()
	}
	for _, admin := range []bool{false, true} {
		name := map[bool]string{false: "ivan", true: "iris"}[admin]
		r.MustInvite(name)
		given := map[string]string{"USERNAME": name, "PASSWORD": gatetest.Password, "SECRET_HASH": hash(name)}
		answers := map[string]string{"USERNAME": name, "NEW_PASSWORD": "Other-Horse-8", "SECRET_HASH": hash(name)}
		if admin {
			asked := ok[idp.AdminInitiateAuthOutput](t)(r.signed.AdminInitiateAuth(r.ctx, &idp.AdminInitiateAuthInput{UserPoolId: &r.Pool, ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: given}))
			done := ok[idp.AdminRespondToAuthChallengeOutput](t)(r.signed.AdminRespondToAuthChallenge(r.ctx, &idp.AdminRespondToAuthChallengeInput{UserPoolId: &r.Pool, ClientId: c.ClientId, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: answers}))
			r.wantResult(done.AuthenticationResult)
			continue
		}
		asked := ok[idp.InitiateAuthOutput](t)(r.public.InitiateAuth(r.ctx, &idp.InitiateAuthInput{ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: given}))
		done := ok[idp.RespondToAuthChallengeOutput](t)(r.public.RespondToAuthChallenge(r.ctx, &idp.RespondToAuthChallengeInput{ClientId: c.ClientId, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: answers}))
		r.wantResult(done.AuthenticationResult)
		again := ok[idp.InitiateAuthOutput](t)(r.public.InitiateAuth(r.ctx, &idp.InitiateAuthInput{ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{
			"REFRESH_TOKEN": *done.AuthenticationResult.RefreshToken, "SECRET_HASH": hash(name),
		}}))
		if again.AuthenticationResult == nil || again.AuthenticationResult.RefreshToken != nil || again.ChallengeParameters == nil {
			t.Errorf("refresh %+v, want tokens without a refresh token, and empty parameters", again)
		}
	}
}

func (r *tour) wantResult(got *types.AuthenticationResultType) {
	r.t.Helper()
	if got == nil || got.AccessToken == nil || got.IdToken == nil || got.RefreshToken == nil || aws.ToString(got.TokenType) != "Bearer" || got.ExpiresIn != 3600 || got.NewDeviceMetadata != nil {
		r.t.Errorf("result %+v, want three tokens that last an hour", got)
	}
}

func (r *tour) signUp() {
	t, c, name := r.t, r.MustClient().ClientId, aws.String("sam")
	signUp := func(name string) {
		t.Helper()
		out := ok[idp.SignUpOutput](t)(r.public.SignUp(r.ctx, &idp.SignUpInput{ClientId: c, Username: &name, Password: aws.String(gatetest.Password), UserAttributes: gatetest.Attributes("email", name+"@example.com")}))
		if d := out.CodeDeliveryDetails; out.UserConfirmed || len(*out.UserSub) != 36 || *d.Destination != "s***@e***" || d.DeliveryMedium != types.DeliveryMediumTypeEmail || *d.AttributeName != "email" {
			t.Errorf("sign-up %+v", out)
		}
	}
	signUp("sam")
	ok[idp.ResendConfirmationCodeOutput](t)(r.public.ResendConfirmationCode(r.ctx, &idp.ResendConfirmationCodeInput{ClientId: c, Username: name}))
	ok[idp.ConfirmSignUpOutput](t)(r.public.ConfirmSignUp(r.ctx, &idp.ConfirmSignUpInput{ClientId: c, Username: name, ConfirmationCode: aws.String(r.MustCode("sam@example.com"))}))
	r.MustSignIn(*c, "sam@example.com")
	signUp("sue")
	ok[idp.AdminConfirmSignUpOutput](t)(r.signed.AdminConfirmSignUp(r.ctx, &idp.AdminConfirmSignUpInput{UserPoolId: &r.Pool, Username: aws.String("sue")}))
	r.MustSignIn(*c, "sue")
}

func (r *tour) recovery() {
	t, c, name := r.t, r.MustClient().ClientId, aws.String("rita")
	r.MustUser("rita")
	confirm := func(password string) {
		t.Helper()
		ok[idp.ConfirmForgotPasswordOutput](t)(r.public.ConfirmForgotPassword(r.ctx, &idp.ConfirmForgotPasswordInput{ClientId: c, Username: name, ConfirmationCode: aws.String(r.MustCode("rita@example.com")), Password: &password}))
	}
	ok[idp.ForgotPasswordOutput](t)(r.public.ForgotPassword(r.ctx, &idp.ForgotPasswordInput{ClientId: c, Username: name}))
	confirm("Other-Horse-8")
	ok[idp.AdminResetUserPasswordOutput](t)(r.signed.AdminResetUserPassword(r.ctx, &idp.AdminResetUserPasswordInput{UserPoolId: &r.Pool, Username: name}))
	confirm("Third-Horse-9")
	if _, err := r.SignIn(*c, "rita", "Third-Horse-9"); err != nil {
		t.Errorf("sign-in with the new password: %v", err)
	}
}

func (r *tour) tokens() {
	t, c := r.t, r.MustClient().ClientId
	r.MustUser("tom")
	tokens := r.MustSignIn(*c, "tom")
	got := ok[idp.GetUserOutput](t)(r.public.GetUser(r.ctx, &idp.GetUserInput{AccessToken: tokens.AccessToken}))
	if *got.Username != "tom" || attribute(got.UserAttributes, "email") != "tom@example.com" || *got.UserAttributes[0].Name != "sub" {
		t.Errorf("GetUser %+v", got)
	}
	ok[idp.ChangePasswordOutput](t)(r.public.ChangePassword(r.ctx, &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String(gatetest.Password), ProposedPassword: aws.String("Other-Horse-8")}))
	ok[idp.ChangePasswordOutput](t)(r.public.ChangePassword(r.ctx, &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String("Other-Horse-8"), ProposedPassword: aws.String(gatetest.Password)}))
	ok[idp.RevokeTokenOutput](t)(r.public.RevokeToken(r.ctx, &idp.RevokeTokenInput{ClientId: c, Token: tokens.RefreshToken}))
	tokens = r.MustSignIn(*c, "tom")
	ok[idp.GlobalSignOutOutput](t)(r.public.GlobalSignOut(r.ctx, &idp.GlobalSignOutInput{AccessToken: tokens.AccessToken}))
	r.Advance(2e9) // the second of the sign-out is over
	tokens = r.MustSignIn(*c, "tom")
	ok[idp.DeleteUserOutput](t)(r.public.DeleteUser(r.ctx, &idp.DeleteUserInput{AccessToken: tokens.AccessToken}))
}
