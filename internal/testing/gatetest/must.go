package gatetest

import (
	"encoding/base64"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/directory/srp"
)

// Password is the password of all users that this package creates. It meets the
// default policy.
const Password = "Right-Horse-7"

var (
	emailOnly  = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
	emailAlias = []types.AliasAttributeType{types.AliasAttributeTypeEmail}
)

// MustPool creates a pool and returns its id.
func (gt *Server) MustPool(in *idp.CreateUserPoolInput) string {
	gt.t.Helper()
	if in.PoolName == nil {
		in.PoolName = aws.String("test")
	}
	out, err := gt.API.CreateUserPool(gt.t.Context(), in)
	if err != nil {
		gt.t.Fatalf("create pool: %v", err)
	}
	return *out.UserPool.Id
}

// MustDescribe returns the pool.
func (gt *Server) MustDescribe() *types.UserPoolType {
	gt.t.Helper()
	out, err := gt.API.DescribeUserPool(gt.t.Context(), &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool})
	if err != nil {
		gt.t.Fatalf("describe pool: %v", err)
	}
	return out.UserPool
}

// MustClient creates a client of the pool. The client may use every flow in
// which no user chooses, unless a change sets other flows.
func (gt *Server) MustClient(changes ...func(*idp.CreateUserPoolClientInput)) *types.UserPoolClientType {
	gt.t.Helper()
	in := &idp.CreateUserPoolClientInput{UserPoolId: &gt.Pool, ClientName: aws.String("app"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
		types.ExplicitAuthFlowsTypeAllowUserSrpAuth, types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
		types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
	}}
	for _, change := range changes {
		change(in)
	}
	out, err := gt.API.CreateUserPoolClient(gt.t.Context(), in)
	if err != nil {
		gt.t.Fatalf("create client: %v", err)
	}
	return out.UserPoolClient
}

// Confidential is a change for [Server.MustClient] that gives the client a
// secret.
func Confidential(in *idp.CreateUserPoolClientInput) { in.GenerateSecret = true }

// Machine returns a change for [Server.MustClient]. The client gets tokens for
// itself, with the scopes, and no user signs in to it.
func Machine(scopes ...string) func(*idp.CreateUserPoolClientInput) {
	return func(in *idp.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows, in.AllowedOAuthScopes = []types.ExplicitAuthFlowsType{"ALLOW_CLIENT_TOKEN_AUTH"}, scopes
	}
}

// Hiding is a change for [Server.MustClient]. The client then hides whether a
// user exists.
func Hiding(in *idp.CreateUserPoolClientInput) {
	in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
}

// Attributes returns attributes for a list of alternating names and values.
func Attributes(list ...string) []types.AttributeType {
	var attributes []types.AttributeType
	for i := 0; i+1 < len(list); i += 2 {
		attributes = append(attributes, types.AttributeType{Name: &list[i], Value: &list[i+1]})
	}
	return attributes
}

// MustInvite creates a user of the pool with the temporary password [Password]
// and the verified e-mail address <name>@example.com.
func (gt *Server) MustInvite(name string) *types.UserType {
	gt.t.Helper()
	out, err := gt.API.AdminCreateUser(gt.t.Context(), &idp.AdminCreateUserInput{
		UserPoolId: &gt.Pool, Username: &name, TemporaryPassword: aws.String(Password), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: Attributes("email", name+"@example.com", "email_verified", "true"),
	})
	if err != nil {
		gt.t.Fatalf("create user %s: %v", name, err)
	}
	return out.User
}

// MustUser creates a confirmed user with the permanent password [Password] and
// the verified e-mail address <name>@example.com.
func (gt *Server) MustUser(name string) *types.UserType {
	gt.t.Helper()
	u := gt.MustInvite(name)
	_, err := gt.API.AdminSetUserPassword(gt.t.Context(), &idp.AdminSetUserPasswordInput{UserPoolId: &gt.Pool, Username: &name, Password: aws.String(Password), Permanent: true})
	if err != nil {
		gt.t.Fatalf("set password of %s: %v", name, err)
	}
	return u
}

// MustGroup creates a group with members.
func (gt *Server) MustGroup(name string, members ...string) {
	gt.t.Helper()
	if _, err := gt.API.CreateGroup(gt.t.Context(), &idp.CreateGroupInput{UserPoolId: &gt.Pool, GroupName: &name}); err != nil {
		gt.t.Fatalf("create group %s: %v", name, err)
	}
	for _, member := range members {
		_, err := gt.API.AdminAddUserToGroup(gt.t.Context(), &idp.AdminAddUserToGroupInput{UserPoolId: &gt.Pool, GroupName: &name, Username: &member})
		if err != nil {
			gt.t.Fatalf("add %s to %s: %v", member, name, err)
		}
	}
}

// SignIn signs in with USER_PASSWORD_AUTH.
func (gt *Server) SignIn(client, name, password string) (*idp.InitiateAuthOutput, error) {
	gt.t.Helper()
	return gt.Public.InitiateAuth(gt.t.Context(), &idp.InitiateAuthInput{
		ClientId: &client, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
}

// MustSignIn signs a user in with [Password] and returns the tokens.
func (gt *Server) MustSignIn(client, name string) *types.AuthenticationResultType {
	gt.t.Helper()
	out, err := gt.SignIn(client, name, Password)
	if err != nil {
		gt.t.Fatalf("sign in %s: %v", name, err)
	}
	if out.AuthenticationResult == nil {
		gt.t.Fatalf("sign in %s: challenge %s, want tokens", name, out.ChallengeName)
	}
	return out.AuthenticationResult
}

// SRP signs in with USER_SRP_AUTH, as a client library does.
func (gt *Server) SRP(client, name, password string) (*idp.RespondToAuthChallengeOutput, error) {
	gt.t.Helper()
	ctx, prover := gt.t.Context(), &srp.Client{PoolName: poolName(gt.Pool), Password: password}
	a, err := prover.SRPA()
	if err != nil {
		gt.t.Fatal(err)
	}
	out, err := gt.Public.InitiateAuth(ctx, &idp.InitiateAuthInput{ClientId: &client, AuthFlow: types.AuthFlowTypeUserSrpAuth, AuthParameters: map[string]string{"USERNAME": name, "SRP_A": a}})
	if err != nil {
		return nil, err
	}
	asked := out.ChallengeParameters
	block, err := base64.StdEncoding.DecodeString(asked["SECRET_BLOCK"])
	if err != nil {
		return nil, fmt.Errorf("SECRET_BLOCK: %w", err)
	}
	prover.UserID = asked["USER_ID_FOR_SRP"]
	claim, err := prover.Prove(asked["SALT"], asked["SRP_B"], block, gt.Now())
	if err != nil {
		return nil, err
	}
	return gt.Public.RespondToAuthChallenge(ctx, &idp.RespondToAuthChallengeInput{ClientId: &client, ChallengeName: out.ChallengeName, Session: out.Session, ChallengeResponses: map[string]string{
		"USERNAME": asked["USERNAME"], "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"], "PASSWORD_CLAIM_SIGNATURE": claim.Signature, "TIMESTAMP": claim.Timestamp,
	}})
}

// poolName returns the part of a pool id after "_".
func poolName(id string) string {
	for i, c := range id {
		if c == '_' {
			return id[i+1:]
		}
	}
	return id
}
