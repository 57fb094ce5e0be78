package cognitoapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/sigv4"
)

var (
	errNoUser  = fault.New(fault.NotFound, "test_no_user", "User does not exist.")
	errNoPool  = fault.New(fault.NotFound, "test_no_pool", "User pool us-east-1_None does not exist.")
	errWrong   = fault.New(fault.Unauthenticated, "test_wrong", "Incorrect username or password.")
	errSchema  = fault.New(fault.Invalid, "test_schema", "Attributes did not conform to the schema: email: The attribute is required\n")
	errStrange = fault.New(fault.Conflict, "test_strange", "The table of exceptions lacks this error.")
)

// place adds the errors of this file to the table of exceptions during one test.
func place(t *testing.T) {
	before := exceptions
	t.Cleanup(func() { exceptions = before })
	exceptions = append(exceptions[:len(exceptions):len(exceptions)], []struct {
		Err  *fault.Error
		Name string
	}{
		{errNoUser, "UserNotFoundException"},
		{errNoPool, "ResourceNotFoundException"},
		{errWrong, "NotAuthorizedException"},
		{errSchema, "InvalidParameterException"},
	}...)
}

// fakeAPI answers a few operations. The username chooses the answer.
type fakeAPI struct{}

func (f *fakeAPI) operations() *wire.Operations {
	return &wire.Operations{
		AdminGetUser:              f.AdminGetUser,
		AdminDeleteUser:           f.AdminDeleteUser,
		AdminEnableUser:           f.AdminEnableUser,
		InitiateAuth:              f.InitiateAuth,
		RevokeToken:               f.RevokeToken,
		StartWebAuthnRegistration: f.StartWebAuthnRegistration,
		CreateUserPool:            f.CreateUserPool,
		SetUICustomization:        f.SetUICustomization,
	}
}

var created = time.UnixMilli(1667864578676)

func (*fakeAPI) AdminGetUser(ctx context.Context, in *wire.AdminGetUserInput) (*wire.AdminGetUserOutput, error) {
	switch *in.Username {
	case "nobody":
		return nil, errNoUser.Because(errors.New("no row"))
	case "schema":
		return nil, errSchema
	case "strange":
		return nil, errStrange
	case "broken":
		return nil, errors.New("disk 7 on host db3 is full")
	case "caller":
		c, _ := CallerOf(ctx)
		return &wire.AdminGetUserOutput{Username: new(c.AccessKeyID + " in " + c.Region + " with " + ClientOf(ctx).UserAgent)}, nil
	}
	return &wire.AdminGetUserOutput{
		Username:             in.Username,
		Enabled:              new(true),
		UserStatus:           new("CONFIRMED"),
		UserAttributes:       []wire.Attribute{{Name: new("sub"), Value: new("5d2c…\u0001\"\\\n")}, {Name: new("email"), Value: new("alice@example.com")}},
		UserMFASettingList:   []string{},
		UserCreateDate:       wire.At(created),
		UserLastModifiedDate: wire.At(created.Truncate(time.Second)),
	}, nil
}

func (*fakeAPI) AdminDeleteUser(context.Context, *wire.AdminDeleteUserInput) (*wire.AdminDeleteUserOutput, error) {
	return nil, nil
}

func (*fakeAPI) AdminEnableUser(context.Context, *wire.AdminEnableUserInput) (*wire.AdminEnableUserOutput, error) {
	return &wire.AdminEnableUserOutput{}, nil
}

func (*fakeAPI) InitiateAuth(_ context.Context, in *wire.InitiateAuthInput) (*wire.InitiateAuthOutput, error) {
	if in.AuthParameters["PASSWORD"] != "Correct horse 1" {
		return nil, errWrong
	}
	return &wire.InitiateAuthOutput{
		ChallengeParameters: map[string]string{},
		AuthenticationResult: &wire.AuthenticationResult{
			AccessToken: new(seal.Secret("access.token.text")), ExpiresIn: new(int64(3600)), TokenType: new("Bearer"),
		},
	}, nil
}

func (*fakeAPI) RevokeToken(context.Context, *wire.RevokeTokenInput) (*wire.RevokeTokenOutput, error) {
	return nil, errNoUser // which the model does not list for this operation
}

func (*fakeAPI) StartWebAuthnRegistration(context.Context, *wire.StartWebAuthnRegistrationInput) (*wire.StartWebAuthnRegistrationOutput, error) {
	return &wire.StartWebAuthnRegistrationOutput{CredentialCreationOptions: json.RawMessage(`{"challenge":"AAEC"}`)}, nil
}

func (*fakeAPI) CreateUserPool(_ context.Context, in *wire.CreateUserPoolInput) (*wire.CreateUserPoolOutput, error) {
	return &wire.CreateUserPoolOutput{UserPool: &wire.UserPool{
		Name: in.PoolName, UserPoolTags: in.UserPoolTags, SchemaAttributes: in.Schema,
		ACRConfiguration: in.ACRConfiguration, LambdaConfig: in.LambdaConfig,
	}}, nil
}

func (*fakeAPI) SetUICustomization(_ context.Context, in *wire.SetUICustomizationInput) (*wire.SetUICustomizationOutput, error) {
	return &wire.SetUICustomizationOutput{UICustomization: &wire.UICustomization{CSS: new(string(in.ImageFile))}}, nil
}

// trusting takes the Authorization header for the id of an access key, and refuses a
// request without the header.
func trusting(_ context.Context, r *http.Request, _ []byte) (Caller, error) {
	if r.Header.Get("Authorization") == "" {
		return Caller{}, sigv4.ErrMissingToken
	}
	return Caller{AccessKeyID: r.Header.Get("Authorization"), Region: "us-east-1"}, nil
}

func newServer() *Server {
	return &Server{Operations: new(fakeAPI).operations(), Authenticate: trusting, MaxBody: 1 << 16}
}
