package gatetest_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"

	"gatehouse/internal/directory/cognitoapi"
	"gatehouse/internal/directory/srp"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// onBothDatabases runs a test on SQLite and on PostgreSQL.
func onBothDatabases(t *testing.T, test func(t *testing.T, gt *gatetest.Server)) {
	t.Run("SQLite", func(t *testing.T) { test(t, gatetest.New(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, gatetest.New(t, gatetest.OnPostgres)) })
}

// calls records the operations that returned no error.
type calls struct {
	mu sync.Mutex
	ok map[string]bool
}

// count is an option of an SDK client. It records the calls of the client.
func (c *calls) count(o *idp.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("count", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			if err == nil {
				c.add(middleware.GetOperationName(ctx))
			}
			return out, metadata, err
		}), middleware.After)
	})
}

func (c *calls) add(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ok[operation] = true
}

// tour calls every operation with a valid request.
type tour struct {
	*gatetest.Server
	t              *testing.T
	signed, public *idp.Client
	ctx            context.Context
	calls          *calls
}

// raw calls an operation that the SDK does not have, and returns its answer.
func (r *tour) raw(operation string, in object) object {
	r.t.Helper()
	out, err := raw(r.Server, r.t, operation, in)
	if err != nil {
		r.t.Fatalf("%s: %v", operation, err)
	}
	r.calls.add(operation)
	return out
}

// must returns a function that returns out. If err is not nil, it ends the test,
// because the next steps need the result.
func must[T any](t *testing.T) func(*T, error) *T {
	return func(out *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// Every operation that Gatehouse offers works on both databases, and its answers are
// as the model says.
func TestTour(t *testing.T) {
	answers := newConformance(t)
	onBothDatabases(t, func(t *testing.T, gt *gatetest.Server) {
		gt.Answers.Each = answers.check
		c := &calls{ok: map[string]bool{}}
		tour := &tour{gt, t, idp.New(gt.API.Options(), c.count), idp.New(gt.Public.Options(), c.count), t.Context(), c}
		tour.pools()
		tour.resourceServers()
		tour.domains()
		tour.identityProviders()
		tour.styles()
		tour.customizations()
		tour.terms()
		tour.replicas()
		tour.clients()
		tour.machines()
		tour.imports()
		tour.users()
		tour.groups()
		tour.signIn()
		tour.signUp()
		tour.recovery()
		tour.tokens()
		tour.mfa()
		tour.passkeys()
		tour.sessions()
		tour.devices()
		tour.risks()
		tour.logs()
		for _, name := range cognitoapi.Offered() {
			if !c.ok[name] && !slices.Contains(alwaysRefused, name) {
				t.Errorf("%s is offered, but the tour does not call it", name)
			}
		}
	})
	answers.report(t)
}

func (r *tour) pools() {
	t := r.t
	made := must[idp.CreateUserPoolOutput](t)(r.signed.CreateUserPool(r.ctx, &idp.CreateUserPoolInput{PoolName: aws.String("tour"), UserPoolTags: map[string]string{"a": "1"}})).UserPool
	id, arn := made.Id, made.Arn
	if !strings.HasPrefix(*id, "us-east-1_") || *arn != "arn:aws:cognito-idp:us-east-1:000000000000:userpool/"+*id {
		t.Errorf("id %s, ARN %s, want an id of the region and its ARN", *id, *arn)
	}
	must[idp.UpdateUserPoolOutput](t)(r.signed.UpdateUserPool(r.ctx, &idp.UpdateUserPoolInput{UserPoolId: id, PoolName: aws.String("renamed"), UserPoolTags: map[string]string{"a": "1"}}))
	must[idp.AddCustomAttributesOutput](t)(r.signed.AddCustomAttributes(r.ctx, &idp.AddCustomAttributesInput{UserPoolId: id, CustomAttributes: []types.SchemaAttributeType{{Name: aws.String("badge"), AttributeDataType: types.AttributeDataTypeNumber}}}))
	got := must[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: id})).UserPool
	last := got.SchemaAttributes[len(got.SchemaAttributes)-1]
	if *got.Name != "renamed" || *last.Name != "custom:badge" || len(got.SchemaAttributes) != 21 {
		t.Errorf("pool %s with %d attributes, the last %s; want renamed, 21, custom:badge", *got.Name, len(got.SchemaAttributes), *last.Name)
	}
	if mfa := must[idp.GetUserPoolMfaConfigOutput](t)(r.signed.GetUserPoolMfaConfig(r.ctx, &idp.GetUserPoolMfaConfigInput{UserPoolId: id})); mfa.MfaConfiguration != types.UserPoolMfaTypeOff {
		t.Errorf("MFA %s, want OFF", mfa.MfaConfiguration)
	}
	must[idp.TagResourceOutput](t)(r.signed.TagResource(r.ctx, &idp.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"b": "2"}}))
	must[idp.UntagResourceOutput](t)(r.signed.UntagResource(r.ctx, &idp.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))
	tags := must[idp.ListTagsForResourceOutput](t)(r.signed.ListTagsForResource(r.ctx, &idp.ListTagsForResourceInput{ResourceArn: arn})).Tags
	if len(tags) != 1 || tags["b"] != "2" {
		t.Errorf("tags %v, want only b", tags)
	}
	list := must[idp.ListUserPoolsOutput](t)(r.signed.ListUserPools(r.ctx, &idp.ListUserPoolsInput{MaxResults: aws.Int32(60)}))
	if !slices.ContainsFunc(list.UserPools, func(p types.UserPoolDescriptionType) bool { return *p.Id == *id }) {
		t.Error("the new pool is not in the list")
	}
	must[idp.DeleteUserPoolOutput](t)(r.signed.DeleteUserPool(r.ctx, &idp.DeleteUserPoolInput{UserPoolId: id}))
}

func (r *tour) resourceServers() {
	t, id := r.t, aws.String("https://api.example.com")
	scope := func(name string) []types.ResourceServerScopeType {
		return []types.ResourceServerScopeType{{ScopeName: &name, ScopeDescription: &name}}
	}
	must[idp.CreateResourceServerOutput](t)(r.signed.CreateResourceServer(r.ctx, &idp.CreateResourceServerInput{UserPoolId: &r.Pool, Identifier: id, Name: aws.String("api"), Scopes: scope("read")}))
	must[idp.UpdateResourceServerOutput](t)(r.signed.UpdateResourceServer(r.ctx, &idp.UpdateResourceServerInput{UserPoolId: &r.Pool, Identifier: id, Name: aws.String("API"), Scopes: scope("write")}))
	got := must[idp.DescribeResourceServerOutput](t)(r.signed.DescribeResourceServer(r.ctx, &idp.DescribeResourceServerInput{UserPoolId: &r.Pool, Identifier: id})).ResourceServer
	if *got.Name != "API" || len(got.Scopes) != 1 || *got.Scopes[0].ScopeName != "write" {
		t.Errorf("resource server %s with %d scopes, want API with the scope write", *got.Name, len(got.Scopes))
	}
	if list := must[idp.ListResourceServersOutput](t)(r.signed.ListResourceServers(r.ctx, &idp.ListResourceServersInput{UserPoolId: &r.Pool, MaxResults: aws.Int32(50)})); len(list.ResourceServers) != 1 {
		t.Errorf("%d resource servers, want 1", len(list.ResourceServers))
	}
	must[idp.DeleteResourceServerOutput](t)(r.signed.DeleteResourceServer(r.ctx, &idp.DeleteResourceServerInput{UserPoolId: &r.Pool, Identifier: id}))
}

func (r *tour) domains() {
	t, name := r.t, aws.String("tour")
	must[idp.CreateUserPoolDomainOutput](t)(r.signed.CreateUserPoolDomain(r.ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &r.Pool, Domain: name}))
	must[idp.UpdateUserPoolDomainOutput](t)(r.signed.UpdateUserPoolDomain(r.ctx, &idp.UpdateUserPoolDomainInput{UserPoolId: &r.Pool, Domain: name, ManagedLoginVersion: aws.Int32(2)}))
	got := must[idp.DescribeUserPoolDomainOutput](t)(r.signed.DescribeUserPoolDomain(r.ctx, &idp.DescribeUserPoolDomainInput{Domain: name})).DomainDescription
	if *got.UserPoolId != r.Pool || *got.ManagedLoginVersion != 2 || got.Status != types.DomainStatusTypeActive || len(*got.Version) != 14 {
		t.Errorf("domain %+v, want an active domain of the pool with version 2", got)
	}
	if p := must[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: &r.Pool})).UserPool; aws.ToString(p.Domain) != "tour" {
		t.Errorf("the domain of the pool is %q, want tour", aws.ToString(p.Domain))
	}
	must[idp.DeleteUserPoolDomainOutput](t)(r.signed.DeleteUserPoolDomain(r.ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: &r.Pool, Domain: name}))
	if got := must[idp.DescribeUserPoolDomainOutput](t)(r.signed.DescribeUserPoolDomain(r.ctx, &idp.DescribeUserPoolDomainInput{Domain: name})).DomainDescription; got == nil || got.UserPoolId != nil {
		t.Errorf("DescribeUserPoolDomain of an unknown domain: %+v, want an empty description", got)
	}
}

func (r *tour) identityProviders() {
	t, name, pool := r.t, aws.String("corp"), r.MustPool(&idp.CreateUserPoolInput{})
	metadata := enginetest.SAMLMetadata(t, r.Now().AddDate(1, 0, 0))
	made := must[idp.CreateIdentityProviderOutput](t)(r.signed.CreateIdentityProvider(r.ctx, &idp.CreateIdentityProviderInput{
		UserPoolId: &pool, ProviderName: name, ProviderType: types.IdentityProviderTypeTypeSaml, ProviderDetails: map[string]string{"MetadataFile": metadata},
	})).IdentityProvider
	if made.IdpIdentifiers != nil || made.ProviderDetails["SSORedirectBindingURI"] != "https://saml.example.com/in" {
		t.Errorf("a new provider: %+v; want the address of the metadata, and no identifiers since none were sent", made)
	}
	must[idp.UpdateIdentityProviderOutput](t)(r.signed.UpdateIdentityProvider(r.ctx, &idp.UpdateIdentityProviderInput{UserPoolId: &pool, ProviderName: name, IdpIdentifiers: []string{"corp.example.com"}, AttributeMapping: map[string]string{"email": "mail"}}))
	got := must[idp.GetIdentityProviderByIdentifierOutput](t)(r.signed.GetIdentityProviderByIdentifier(r.ctx, &idp.GetIdentityProviderByIdentifierInput{UserPoolId: &pool, IdpIdentifier: aws.String("corp.example.com")})).IdentityProvider
	described := must[idp.DescribeIdentityProviderOutput](t)(r.signed.DescribeIdentityProvider(r.ctx, &idp.DescribeIdentityProviderInput{UserPoolId: &pool, ProviderName: name})).IdentityProvider
	if *got.ProviderName != "corp" || got.AttributeMapping["email"] != "mail" || len(described.IdpIdentifiers) != 1 || described.ProviderDetails["MetadataFile"] != metadata {
		t.Errorf("by identifier %+v, by name %+v", got, described)
	}
	if list := must[idp.ListIdentityProvidersOutput](t)(r.signed.ListIdentityProviders(r.ctx, &idp.ListIdentityProvidersInput{UserPoolId: &pool})).Providers; len(list) != 1 || list[0].ProviderType != types.IdentityProviderTypeTypeSaml {
		t.Errorf("providers %+v, want one of type SAML", list)
	}
	federated := must[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: &pool})).UserPool
	if last := federated.SchemaAttributes[len(federated.SchemaAttributes)-1]; *last.Name != "identities" {
		t.Errorf("the last attribute of a pool with a provider is %s, want identities", *last.Name)
	}
	certificate := must[idp.GetSigningCertificateOutput](t)(r.signed.GetSigningCertificate(r.ctx, &idp.GetSigningCertificateInput{UserPoolId: &pool})).Certificate
	if der, err := base64.StdEncoding.DecodeString(*certificate); err != nil || len(der) < 500 {
		t.Errorf("signing certificate %q", *certificate)
	}
	r.links(pool)
	must[idp.DeleteIdentityProviderOutput](t)(r.signed.DeleteIdentityProvider(r.ctx, &idp.DeleteIdentityProviderInput{UserPoolId: &pool, ProviderName: name}))
}

// links links a user to the provider corp.
func (r *tour) links(pool string) {
	t, name := r.t, aws.String("linda")
	must[idp.AdminCreateUserOutput](t)(r.signed.AdminCreateUser(r.ctx, &idp.AdminCreateUserInput{UserPoolId: &pool, Username: name}))
	source := &types.ProviderUserIdentifierType{ProviderName: aws.String("corp"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: aws.String("1122")}
	local := &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: name}
	must[idp.AdminLinkProviderForUserOutput](t)(r.signed.AdminLinkProviderForUser(r.ctx, &idp.AdminLinkProviderForUserInput{UserPoolId: &pool, DestinationUser: local, SourceUser: source}))
	identities := func() string {
		u := must[idp.AdminGetUserOutput](t)(r.signed.AdminGetUser(r.ctx, &idp.AdminGetUserInput{UserPoolId: &pool, Username: name}))
		list := must[idp.ListUsersOutput](t)(r.signed.ListUsers(r.ctx, &idp.ListUsersInput{UserPoolId: &pool}))
		if one, other := attribute(u.UserAttributes, "identities"), attribute(list.Users[0].Attributes, "identities"); one != other {
			t.Errorf("AdminGetUser says %s, ListUsers %s", one, other)
		}
		return attribute(u.UserAttributes, "identities")
	}
	if got, want := identities(), fmt.Sprintf(`[{"userId":"1122","providerName":"corp","providerType":"SAML","issuer":null,"primary":false,"dateCreated":%d}]`, r.Now().UnixMilli()); got != want {
		t.Errorf("identities %s, want %s", got, want)
	}
	must[idp.AdminDisableProviderForUserOutput](t)(r.signed.AdminDisableProviderForUser(r.ctx, &idp.AdminDisableProviderForUserInput{UserPoolId: &pool, User: source}))
	if got := identities(); got != "" {
		t.Errorf("after the link was taken away: %s", got)
	}
}

func (r *tour) clients() {
	t := r.t
	made := must[idp.CreateUserPoolClientOutput](t)(r.signed.CreateUserPoolClient(r.ctx, &idp.CreateUserPoolClientInput{UserPoolId: &r.Pool, ClientName: aws.String("app"), GenerateSecret: true})).UserPoolClient
	if len(*made.ClientId) != 26 || len(*made.ClientSecret) != 52 {
		t.Errorf("the client id has %d characters and the secret %d, want 26 and 52", len(*made.ClientId), len(*made.ClientSecret))
	}
	updated := must[idp.UpdateUserPoolClientOutput](t)(r.signed.UpdateUserPoolClient(r.ctx, &idp.UpdateUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId, RefreshTokenValidity: 7})).UserPoolClient
	got := must[idp.DescribeUserPoolClientOutput](t)(r.signed.DescribeUserPoolClient(r.ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId})).UserPoolClient
	if updated.RefreshTokenValidity != 7 || got.RefreshTokenValidity != 7 || *got.ClientSecret != *made.ClientSecret || *got.ClientName != "app" {
		t.Errorf("after the update: refresh tokens last %d days, name %s; want 7, app, and the same secret", got.RefreshTokenValidity, *got.ClientName)
	}
	if list := must[idp.ListUserPoolClientsOutput](t)(r.signed.ListUserPoolClients(r.ctx, &idp.ListUserPoolClientsInput{UserPoolId: &r.Pool})); len(list.UserPoolClients) != 1 {
		t.Errorf("%d clients, want 1", len(list.UserPoolClients))
	}
	second := must[idp.AddUserPoolClientSecretOutput](t)(r.signed.AddUserPoolClientSecret(r.ctx, &idp.AddUserPoolClientSecretInput{UserPoolId: &r.Pool, ClientId: made.ClientId})).ClientSecretDescriptor
	secrets := must[idp.ListUserPoolClientSecretsOutput](t)(r.signed.ListUserPoolClientSecrets(r.ctx, &idp.ListUserPoolClientSecretsInput{UserPoolId: &r.Pool, ClientId: made.ClientId})).ClientSecrets
	if len(secrets) != 2 || *secrets[1].ClientSecretId != *second.ClientSecretId || secrets[0].ClientSecretValue != nil || secrets[1].ClientSecretValue != nil || len(*second.ClientSecretValue) != 52 {
		t.Errorf("secrets %+v after adding %s, want two without values", secrets, *second.ClientSecretId)
	}
	must[idp.DeleteUserPoolClientSecretOutput](t)(r.signed.DeleteUserPoolClientSecret(r.ctx, &idp.DeleteUserPoolClientSecretInput{UserPoolId: &r.Pool, ClientId: made.ClientId, ClientSecretId: secrets[0].ClientSecretId}))
	own := must[idp.AddUserPoolClientSecretOutput](t)(r.signed.AddUserPoolClientSecret(r.ctx, &idp.AddUserPoolClientSecretInput{UserPoolId: &r.Pool, ClientId: made.ClientId, ClientSecret: aws.String("anownsecretof24characters")})).ClientSecretDescriptor
	shown := must[idp.DescribeUserPoolClientOutput](t)(r.signed.DescribeUserPoolClient(r.ctx, &idp.DescribeUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId})).UserPoolClient.ClientSecret
	if own.ClientSecretValue != nil || *shown != *second.ClientSecretValue {
		t.Errorf("an own secret is returned: %t; the client has %s, want the second secret", own.ClientSecretValue != nil, *shown)
	}
	must[idp.DeleteUserPoolClientOutput](t)(r.signed.DeleteUserPoolClient(r.ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &r.Pool, ClientId: made.ClientId}))
}

func (r *tour) machines() {
	t := r.t
	scope := []types.ResourceServerScopeType{{ScopeName: aws.String("read"), ScopeDescription: aws.String("read")}}
	must[idp.CreateResourceServerOutput](t)(r.signed.CreateResourceServer(r.ctx, &idp.CreateResourceServerInput{UserPoolId: &r.Pool, Identifier: aws.String("api"), Name: aws.String("api"), Scopes: scope}))
	c := r.MustClient(gatetest.Confidential, gatetest.Machine("api/read"))
	got, _ := r.raw("GetClientToken", object{"ClientId": *c.ClientId, "Secret": *c.ClientSecret, "Scopes": []string{"api/read"}})["ClientAuthenticationResult"].(object)
	if access, _ := got["AccessToken"].(string); strings.Count(access, ".") != 2 || got["ExpiresIn"] != 3600.0 || got["TokenType"] != "Bearer" || len(got) != 3 {
		t.Errorf("GetClientToken: %v, want an access token that is valid for an hour, and no other", got)
	}
	must[idp.DeleteUserPoolClientOutput](t)(r.signed.DeleteUserPoolClient(r.ctx, &idp.DeleteUserPoolClientInput{UserPoolId: &r.Pool, ClientId: c.ClientId}))
}

func (r *tour) users() {
	t, name := r.t, aws.String("ursula")
	made := must[idp.AdminCreateUserOutput](t)(r.signed.AdminCreateUser(r.ctx, &idp.AdminCreateUserInput{
		UserPoolId: &r.Pool, Username: name, DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: gatetest.Attributes("email", "ursula@example.com", "email_verified", "True"),
	})).User
	if made.UserStatus != types.UserStatusTypeForceChangePassword || !made.Enabled || *made.Attributes[0].Name != "sub" || len(r.Sent("ursula@example.com")) != 1 {
		t.Errorf("new user %+v, %d messages; want an invited user and 1 message", made, len(r.Sent("ursula@example.com")))
	}
	must[idp.AdminSetUserPasswordOutput](t)(r.signed.AdminSetUserPassword(r.ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &r.Pool, Username: name, Password: aws.String(gatetest.Password), Permanent: true}))
	must[idp.AdminUpdateUserAttributesOutput](t)(r.signed.AdminUpdateUserAttributes(r.ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: &r.Pool, Username: name, UserAttributes: gatetest.Attributes("name", "Ursula", "nickname", "U")}))
	must[idp.AdminDeleteUserAttributesOutput](t)(r.signed.AdminDeleteUserAttributes(r.ctx, &idp.AdminDeleteUserAttributesInput{UserPoolId: &r.Pool, Username: name, UserAttributeNames: []string{"nickname"}}))
	must[idp.AdminDisableUserOutput](t)(r.signed.AdminDisableUser(r.ctx, &idp.AdminDisableUserInput{UserPoolId: &r.Pool, Username: name}))
	got := must[idp.AdminGetUserOutput](t)(r.signed.AdminGetUser(r.ctx, &idp.AdminGetUserInput{UserPoolId: &r.Pool, Username: name}))
	if got.Enabled || got.UserStatus != types.UserStatusTypeConfirmed || attribute(got.UserAttributes, "name") != "Ursula" || attribute(got.UserAttributes, "nickname") != "" || attribute(got.UserAttributes, "email_verified") != "true" {
		t.Errorf("user: enabled %t, status %s, attributes %v; want a disabled confirmed user with the changed attributes", got.Enabled, got.UserStatus, got.UserAttributes)
	}
	must[idp.AdminEnableUserOutput](t)(r.signed.AdminEnableUser(r.ctx, &idp.AdminEnableUserInput{UserPoolId: &r.Pool, Username: name}))
	list := must[idp.ListUsersOutput](t)(r.signed.ListUsers(r.ctx, &idp.ListUsersInput{UserPoolId: &r.Pool, Filter: aws.String(`email ^= "URS"`), AttributesToGet: []string{"name"}}))
	if len(list.Users) != 1 || len(list.Users[0].Attributes) != 1 || attribute(list.Users[0].Attributes, "name") != "Ursula" {
		t.Errorf("ListUsers by email prefix: %+v, want ursula with her name only", list.Users)
	}
	must[idp.AdminUserGlobalSignOutOutput](t)(r.signed.AdminUserGlobalSignOut(r.ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: &r.Pool, Username: name}))
	must[idp.AdminDeleteUserOutput](t)(r.signed.AdminDeleteUser(r.ctx, &idp.AdminDeleteUserInput{UserPoolId: &r.Pool, Username: name}))
}

// attribute returns the value of an attribute, or "" if the list has no such
// attribute.
func attribute(list []types.AttributeType, name string) string {
	for _, a := range list {
		if *a.Name == name {
			return *a.Value
		}
	}
	return ""
}

func (r *tour) groups() {
	t, name, username := r.t, aws.String("staff"), aws.String("grace")
	r.MustUser("grace")
	must[idp.CreateGroupOutput](t)(r.signed.CreateGroup(r.ctx, &idp.CreateGroupInput{UserPoolId: &r.Pool, GroupName: name, Description: aws.String("all"), Precedence: aws.Int32(0)}))
	must[idp.UpdateGroupOutput](t)(r.signed.UpdateGroup(r.ctx, &idp.UpdateGroupInput{UserPoolId: &r.Pool, GroupName: name, RoleArn: aws.String("arn:aws:iam::000000000000:role/staff")}))
	got := must[idp.GetGroupOutput](t)(r.signed.GetGroup(r.ctx, &idp.GetGroupInput{UserPoolId: &r.Pool, GroupName: name})).Group
	if aws.ToString(got.Description) != "all" || got.Precedence == nil || *got.Precedence != 0 || got.RoleArn == nil {
		t.Errorf("group %+v, want the members that the update left out kept", got)
	}
	for range 2 {
		must[idp.AdminAddUserToGroupOutput](t)(r.signed.AdminAddUserToGroup(r.ctx, &idp.AdminAddUserToGroupInput{UserPoolId: &r.Pool, GroupName: name, Username: username}))
	}
	if list := must[idp.ListUsersInGroupOutput](t)(r.signed.ListUsersInGroup(r.ctx, &idp.ListUsersInGroupInput{UserPoolId: &r.Pool, GroupName: name})); len(list.Users) != 1 || *list.Users[0].Username != "grace" {
		t.Errorf("ListUsersInGroup: %+v, want grace", list.Users)
	}
	if list := must[idp.AdminListGroupsForUserOutput](t)(r.signed.AdminListGroupsForUser(r.ctx, &idp.AdminListGroupsForUserInput{UserPoolId: &r.Pool, Username: username})); len(list.Groups) != 1 {
		t.Errorf("%+v, want one group", list.Groups)
	}
	if list := must[idp.ListGroupsOutput](t)(r.signed.ListGroups(r.ctx, &idp.ListGroupsInput{UserPoolId: &r.Pool})); len(list.Groups) != 1 {
		t.Errorf("%+v, want one group", list.Groups)
	}
	for range 2 {
		must[idp.AdminRemoveUserFromGroupOutput](t)(r.signed.AdminRemoveUserFromGroup(r.ctx, &idp.AdminRemoveUserFromGroupInput{UserPoolId: &r.Pool, GroupName: name, Username: username}))
	}
	must[idp.DeleteGroupOutput](t)(r.signed.DeleteGroup(r.ctx, &idp.DeleteGroupInput{UserPoolId: &r.Pool, GroupName: name}))
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
			asked := must[idp.AdminInitiateAuthOutput](t)(r.signed.AdminInitiateAuth(r.ctx, &idp.AdminInitiateAuthInput{UserPoolId: &r.Pool, ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: given}))
			done := must[idp.AdminRespondToAuthChallengeOutput](t)(r.signed.AdminRespondToAuthChallenge(r.ctx, &idp.AdminRespondToAuthChallengeInput{UserPoolId: &r.Pool, ClientId: c.ClientId, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: answers}))
			r.wantResult(done.AuthenticationResult)
			continue
		}
		asked := must[idp.InitiateAuthOutput](t)(r.public.InitiateAuth(r.ctx, &idp.InitiateAuthInput{ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: given}))
		done := must[idp.RespondToAuthChallengeOutput](t)(r.public.RespondToAuthChallenge(r.ctx, &idp.RespondToAuthChallengeInput{ClientId: c.ClientId, ChallengeName: asked.ChallengeName, Session: asked.Session, ChallengeResponses: answers}))
		r.wantResult(done.AuthenticationResult)
		again := must[idp.InitiateAuthOutput](t)(r.public.InitiateAuth(r.ctx, &idp.InitiateAuthInput{ClientId: c.ClientId, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{
			"REFRESH_TOKEN": *done.AuthenticationResult.RefreshToken, "SECRET_HASH": hash(name),
		}}))
		if again.AuthenticationResult == nil || again.AuthenticationResult.RefreshToken != nil || again.ChallengeParameters == nil {
			t.Errorf("refresh: %+v, want tokens without a refresh token, and empty parameters", again)
		}
	}
}

func (r *tour) wantResult(got *types.AuthenticationResultType) {
	r.t.Helper()
	if got == nil || got.AccessToken == nil || got.IdToken == nil || got.RefreshToken == nil || aws.ToString(got.TokenType) != "Bearer" || got.ExpiresIn != 3600 || got.NewDeviceMetadata != nil {
		r.t.Errorf("result %+v, want three tokens that are valid for an hour", got)
	}
}

func (r *tour) signUp() {
	t, c, name := r.t, r.MustClient().ClientId, aws.String("sam")
	signUp := func(name string) {
		t.Helper()
		out := must[idp.SignUpOutput](t)(r.public.SignUp(r.ctx, &idp.SignUpInput{ClientId: c, Username: &name, Password: aws.String(gatetest.Password), UserAttributes: gatetest.Attributes("email", name+"@example.com")}))
		if d := out.CodeDeliveryDetails; out.UserConfirmed || len(*out.UserSub) != 36 || *d.Destination != "s***@e***" || d.DeliveryMedium != types.DeliveryMediumTypeEmail || *d.AttributeName != "email" {
			t.Errorf("SignUp: %+v, want an unconfirmed user and a code by email", out)
		}
	}
	signUp("sam")
	must[idp.ResendConfirmationCodeOutput](t)(r.public.ResendConfirmationCode(r.ctx, &idp.ResendConfirmationCodeInput{ClientId: c, Username: name}))
	must[idp.ConfirmSignUpOutput](t)(r.public.ConfirmSignUp(r.ctx, &idp.ConfirmSignUpInput{ClientId: c, Username: name, ConfirmationCode: aws.String(r.MustCode("sam@example.com"))}))
	r.MustSignIn(*c, "sam@example.com")
	signUp("sue")
	must[idp.AdminConfirmSignUpOutput](t)(r.signed.AdminConfirmSignUp(r.ctx, &idp.AdminConfirmSignUpInput{UserPoolId: &r.Pool, Username: aws.String("sue")}))
	r.MustSignIn(*c, "sue")
}

func (r *tour) recovery() {
	t, c, name := r.t, r.MustClient().ClientId, aws.String("rita")
	r.MustUser("rita")
	confirm := func(password string) {
		t.Helper()
		must[idp.ConfirmForgotPasswordOutput](t)(r.public.ConfirmForgotPassword(r.ctx, &idp.ConfirmForgotPasswordInput{ClientId: c, Username: name, ConfirmationCode: aws.String(r.MustCode("rita@example.com")), Password: &password}))
	}
	must[idp.ForgotPasswordOutput](t)(r.public.ForgotPassword(r.ctx, &idp.ForgotPasswordInput{ClientId: c, Username: name}))
	confirm("Other-Horse-8")
	must[idp.AdminResetUserPasswordOutput](t)(r.signed.AdminResetUserPassword(r.ctx, &idp.AdminResetUserPasswordInput{UserPoolId: &r.Pool, Username: name}))
	confirm("Third-Horse-9")
	if _, err := r.SignIn(*c, "rita", "Third-Horse-9"); err != nil {
		t.Errorf("sign-in with the new password: %v", err)
	}
}

func (r *tour) tokens() {
	t, c := r.t, r.MustClient().ClientId
	r.MustUser("tom")
	tokens := r.MustSignIn(*c, "tom")
	got := must[idp.GetUserOutput](t)(r.public.GetUser(r.ctx, &idp.GetUserInput{AccessToken: tokens.AccessToken}))
	if *got.Username != "tom" || attribute(got.UserAttributes, "email") != "tom@example.com" || *got.UserAttributes[0].Name != "sub" {
		t.Errorf("GetUser: %+v, want tom with his email", got)
	}
	updated := must[idp.UpdateUserAttributesOutput](t)(r.public.UpdateUserAttributes(r.ctx, &idp.UpdateUserAttributesInput{AccessToken: tokens.AccessToken, UserAttributes: gatetest.Attributes("email", "thomas@example.com", "nickname", "T")}))
	if list := updated.CodeDeliveryDetailsList; len(list) != 1 || *list[0].Destination != "t***@e***" || *list[0].AttributeName != "email" || list[0].DeliveryMedium != types.DeliveryMediumTypeEmail {
		t.Errorf("UpdateUserAttributes: %+v, want a code to the new address", list)
	}
	again := must[idp.GetUserAttributeVerificationCodeOutput](t)(r.public.GetUserAttributeVerificationCode(r.ctx, &idp.GetUserAttributeVerificationCodeInput{AccessToken: tokens.AccessToken, AttributeName: aws.String("email")}))
	if *again.CodeDeliveryDetails.Destination != "t***@e***" || len(r.Sent("thomas@example.com")) != 2 {
		t.Errorf("GetUserAttributeVerificationCode: %+v, %d messages; want a second code to the new address", again.CodeDeliveryDetails, len(r.Sent("thomas@example.com")))
	}
	must[idp.VerifyUserAttributeOutput](t)(r.public.VerifyUserAttribute(r.ctx, &idp.VerifyUserAttributeInput{AccessToken: tokens.AccessToken, AttributeName: aws.String("email"), Code: aws.String(r.MustCode("thomas@example.com"))}))
	must[idp.DeleteUserAttributesOutput](t)(r.public.DeleteUserAttributes(r.ctx, &idp.DeleteUserAttributesInput{AccessToken: tokens.AccessToken, UserAttributeNames: []string{"nickname"}}))
	got = must[idp.GetUserOutput](t)(r.public.GetUser(r.ctx, &idp.GetUserInput{AccessToken: tokens.AccessToken}))
	if attribute(got.UserAttributes, "email") != "thomas@example.com" || attribute(got.UserAttributes, "email_verified") != "true" || attribute(got.UserAttributes, "nickname") != "" {
		t.Errorf("GetUser: %+v, want the new verified address and no nickname", got.UserAttributes)
	}
	must[idp.ChangePasswordOutput](t)(r.public.ChangePassword(r.ctx, &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String(gatetest.Password), ProposedPassword: aws.String("Other-Horse-8")}))
	must[idp.ChangePasswordOutput](t)(r.public.ChangePassword(r.ctx, &idp.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String("Other-Horse-8"), ProposedPassword: aws.String(gatetest.Password)}))
	refreshed := must[idp.GetTokensFromRefreshTokenOutput](t)(r.public.GetTokensFromRefreshToken(r.ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: c, RefreshToken: tokens.RefreshToken})).AuthenticationResult
	if refreshed.RefreshToken != nil || refreshed.AccessToken == nil || refreshed.IdToken == nil || refreshed.ExpiresIn != 3600 || *refreshed.TokenType != "Bearer" {
		t.Errorf("GetTokensFromRefreshToken without rotation: %+v, want access and ID tokens alone", refreshed)
	}
	must[idp.RevokeTokenOutput](t)(r.public.RevokeToken(r.ctx, &idp.RevokeTokenInput{ClientId: c, Token: tokens.RefreshToken}))
	tokens = r.MustSignIn(*c, "tom")
	must[idp.GlobalSignOutOutput](t)(r.public.GlobalSignOut(r.ctx, &idp.GlobalSignOutInput{AccessToken: tokens.AccessToken}))
	tokens = r.MustSignIn(*c, "tom")
	must[idp.DeleteUserOutput](t)(r.public.DeleteUser(r.ctx, &idp.DeleteUserInput{AccessToken: tokens.AccessToken}))
}

func (r *tour) sessions() {
	t, c, pool := r.t, r.MustClient().ClientId, r.Pool
	r.MustUser("nora")
	config := object{"UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": object{"MaxPerUser": 2.0}}
	wantMembers(t, "GetUserPoolSessionConfiguration", r.raw("GetUserPoolSessionConfiguration", object{"UserPoolId": pool}), object{"UserPoolId": pool, "UserSessionTracking": "DISABLED", "TokenSession": object{"MaxPerUser": 20.0}})
	wantMembers(t, "SetUserPoolSessionConfiguration", r.raw("SetUserPoolSessionConfiguration", config), config)
	wantMembers(t, "GetUserPoolSessionConfiguration", r.raw("GetUserPoolSessionConfiguration", object{"UserPoolId": pool}), config)
	client := object{"UserPoolId": pool, "ClientId": *c, "SSOSession": object{"MaxValidityMinutes": 0.0}}
	wantMembers(t, "GetUserPoolClientSessionConfiguration", r.raw("GetUserPoolClientSessionConfiguration", object{"UserPoolId": pool, "ClientId": *c}), object{"UserPoolId": pool, "ClientId": *c, "SSOSession": object{"MaxValidityMinutes": 60.0}})
	wantMembers(t, "SetUserPoolClientSessionConfiguration", r.raw("SetUserPoolClientSessionConfiguration", client), client)
	wantMembers(t, "GetUserPoolClientSessionConfiguration", r.raw("GetUserPoolClientSessionConfiguration", object{"UserPoolId": pool, "ClientId": *c}), client)

	first := r.MustSignIn(*c, "nora")
	r.Advance(time.Minute)
	second := r.MustSignIn(*c, "nora")
	own := sessionsOf(r.raw("ListUserSessions", object{"AccessToken": *second.AccessToken}))
	if len(own) != 2 || own[0]["IsCurrentSession"] != true || own[1]["IsCurrentSession"] != false {
		t.Fatalf("ListUserSessions: %v, want two sessions, and the caller's first", own)
	}
	when := float64(r.Now().Unix())
	wantMembers(t, "the session", own[0], object{
		"SessionId": own[0]["SessionId"], "SessionType": "TOKEN", "ClientId": *c, "CreateDate": when, "LastActiveDate": when, "IsCurrentSession": true,
		"DeviceType": "unknown", "LastIPAddress": "127.0.0.1", "LastLocation": object{"Country": "unknown"},
	})
	r.raw("RevokeUserSession", object{"AccessToken": *second.AccessToken, "SessionId": own[1]["SessionId"], "RevokeAssociatedSessions": "LINKED"})
	left := sessionsOf(r.raw("AdminListUserSessions", object{"UserPoolId": pool, "Username": "nora"}))
	if len(left) != 1 || left[0]["SessionId"] != own[0]["SessionId"] || left[0]["IsCurrentSession"] != false {
		t.Errorf("AdminListUserSessions: %v, want the second sign-in, which is nobody's current one", left)
	}
	wantException(t, "refresh in an ended session", errorOf(r.public.GetTokensFromRefreshToken(r.ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: c, RefreshToken: first.RefreshToken})), unauthorized, "Refresh Token has been revoked")
	r.raw("AdminRevokeUserSession", object{"UserPoolId": pool, "Username": "nora", "SessionId": own[0]["SessionId"]})
	wantException(t, "GetUser in an ended session", errorOf(r.public.GetUser(r.ctx, &idp.GetUserInput{AccessToken: second.AccessToken})), unauthorized, "Access Token has been revoked")
}

func sessionsOf(answer object) (sessions []object) {
	list, _ := answer["Sessions"].([]any)
	for _, s := range list {
		sessions = append(sessions, s.(object))
	}
	return sessions
}

// wantMembers checks all members of an answer.
func wantMembers(t *testing.T, what string, got, want object) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (r *tour) devices() {
	t := r.t
	pool := r.MustPool(&idp.CreateUserPoolInput{DeviceConfiguration: &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true}})
	if got := must[idp.DescribeUserPoolOutput](t)(r.signed.DescribeUserPool(r.ctx, &idp.DescribeUserPoolInput{UserPoolId: &pool})).UserPool.DeviceConfiguration; got == nil || !got.ChallengeRequiredOnNewDevice || !got.DeviceOnlyRememberedOnUserPrompt {
		t.Errorf("DeviceConfiguration %+v, want both members true", got)
	}
	c, signIn, name := deviceUser(t, r.Server, pool, "dora")
	done := signIn("").AuthenticationResult
	key := done.NewDeviceMetadata.DeviceKey
	if !strings.HasPrefix(*key, "us-east-1_") || len(*done.NewDeviceMetadata.DeviceGroupKey) != 9 {
		t.Errorf("NewDeviceMetadata %+v", done.NewDeviceMetadata)
	}
	secret := deviceSecret(t, done.NewDeviceMetadata)
	confirmed := must[idp.ConfirmDeviceOutput](t)(r.public.ConfirmDevice(r.ctx, &idp.ConfirmDeviceInput{AccessToken: done.AccessToken, DeviceKey: key, DeviceName: aws.String("phone"), DeviceSecretVerifierConfig: secret}))
	if !confirmed.UserConfirmationNecessary {
		t.Error("ConfirmDevice: the user need not confirm the device")
	}
	must[idp.UpdateDeviceStatusOutput](t)(r.public.UpdateDeviceStatus(r.ctx, &idp.UpdateDeviceStatusInput{AccessToken: done.AccessToken, DeviceKey: key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeRemembered}))
	got := must[idp.GetDeviceOutput](t)(r.public.GetDevice(r.ctx, &idp.GetDeviceInput{AccessToken: done.AccessToken, DeviceKey: key})).Device
	owner := *name + "." + pool
	if want := gatetest.Attributes("device_status", "valid", "device_name", "phone", "dev:device_arn", "arn:aws:cognito-idp:us-east-1:000000000000:owner/"+owner+"/device/"+*key,
		"dev:device_owner", owner, "last_ip_used", "127.0.0.1", "dev:device_remembered_status", "remembered", "dev:device_sdk", "aws-sdk"); !reflect.DeepEqual(got.DeviceAttributes, want) {
		t.Errorf("GetDevice: attributes %v, want %v", got.DeviceAttributes, want)
	}
	if got.DeviceCreateDate.Unix() != r.Now().Unix() || got.DeviceLastAuthenticatedDate == nil || got.DeviceLastModifiedDate == nil {
		t.Errorf("GetDevice: %+v, want its three dates", got)
	}
	if list := must[idp.ListDevicesOutput](t)(r.public.ListDevices(r.ctx, &idp.ListDevicesInput{AccessToken: done.AccessToken})).Devices; len(list) != 1 || *list[0].DeviceKey != *key {
		t.Errorf("ListDevices: %v, want the device", list)
	}
	if again := signIn(*key); again.ChallengeName != types.ChallengeNameTypeDeviceSrpAuth || again.ChallengeParameters["DEVICE_KEY"] != *key {
		t.Errorf("sign-in with the device: %+v, want DEVICE_SRP_AUTH", again)
	}
	must[idp.AdminUpdateDeviceStatusOutput](t)(r.signed.AdminUpdateDeviceStatus(r.ctx, &idp.AdminUpdateDeviceStatusInput{UserPoolId: &pool, Username: name, DeviceKey: key, DeviceRememberedStatus: types.DeviceRememberedStatusTypeNotRemembered}))
	if again := signIn(*key); again.AuthenticationResult == nil || again.AuthenticationResult.NewDeviceMetadata != nil {
		t.Errorf("sign-in with a device that is not remembered: %+v, want tokens and no new device", again)
	}
	renewed := must[idp.GetTokensFromRefreshTokenOutput](t)(r.public.GetTokensFromRefreshToken(r.ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: c, RefreshToken: done.RefreshToken, DeviceKey: key}))
	if renewed.AuthenticationResult.AccessToken == nil {
		t.Error("no tokens for the device's refresh token")
	}
	if one := must[idp.AdminGetDeviceOutput](t)(r.signed.AdminGetDevice(r.ctx, &idp.AdminGetDeviceInput{UserPoolId: &pool, Username: name, DeviceKey: key})).Device; *one.DeviceKey != *key {
		t.Errorf("AdminGetDevice: %v", one)
	}
	must[idp.ForgetDeviceOutput](t)(r.public.ForgetDevice(r.ctx, &idp.ForgetDeviceInput{AccessToken: signIn("").AuthenticationResult.AccessToken, DeviceKey: key}))
	other := signIn("").AuthenticationResult
	must[idp.ConfirmDeviceOutput](t)(r.public.ConfirmDevice(r.ctx, &idp.ConfirmDeviceInput{AccessToken: other.AccessToken, DeviceKey: other.NewDeviceMetadata.DeviceKey, DeviceSecretVerifierConfig: deviceSecret(t, other.NewDeviceMetadata)}))
	must[idp.AdminForgetDeviceOutput](t)(r.signed.AdminForgetDevice(r.ctx, &idp.AdminForgetDeviceInput{UserPoolId: &pool, Username: name, DeviceKey: other.NewDeviceMetadata.DeviceKey}))
	if list := must[idp.AdminListDevicesOutput](t)(r.signed.AdminListDevices(r.ctx, &idp.AdminListDevicesInput{UserPoolId: &pool, Username: name})).Devices; len(list) != 0 {
		t.Errorf("AdminListDevices: %v, want none", list)
	}
	wantException(t, "refresh after the device was forgotten", errorOf(r.public.GetTokensFromRefreshToken(r.ctx, &idp.GetTokensFromRefreshTokenInput{ClientId: c, RefreshToken: other.RefreshToken, DeviceKey: other.NewDeviceMetadata.DeviceKey})), unauthorized, "Refresh Token has been revoked")
}

// deviceUser makes a client and a user of a pool. signIn signs the user in with a
// device, or without one.
func deviceUser(t *testing.T, gt *gatetest.Server, pool, name string) (client *string, signIn func(key string) *idp.InitiateAuthOutput, username *string) {
	t.Helper()
	ctx, username := t.Context(), &name
	c := gt.MustClient(func(in *idp.CreateUserPoolClientInput) { in.UserPoolId = &pool }).ClientId
	must[idp.AdminCreateUserOutput](t)(gt.API.AdminCreateUser(ctx, &idp.AdminCreateUserInput{UserPoolId: &pool, Username: username, MessageAction: types.MessageActionTypeSuppress}))
	must[idp.AdminSetUserPasswordOutput](t)(gt.API.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: &pool, Username: username, Password: aws.String(gatetest.Password), Permanent: true}))
	return c, func(key string) *idp.InitiateAuthOutput {
		t.Helper()
		given := map[string]string{"USERNAME": name, "PASSWORD": gatetest.Password}
		if key != "" {
			given["DEVICE_KEY"] = key
		}
		return must[idp.InitiateAuthOutput](t)(gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: c, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: given}))
	}, username
}

// deviceSecret returns what a device sends when it is confirmed.
func deviceSecret(t *testing.T, d *types.NewDeviceMetadataType) *types.DeviceSecretVerifierConfigType {
	t.Helper()
	v, err := srp.NewVerifier(*d.DeviceGroupKey, *d.DeviceKey, "ZGV2aWNlLXBhc3N3b3Jk")
	if err != nil {
		t.Fatal(err)
	}
	return &types.DeviceSecretVerifierConfigType{Salt: aws.String(base64.StdEncoding.EncodeToString(v.Salt)), PasswordVerifier: aws.String(base64.StdEncoding.EncodeToString(v.V))}
}
