package gatetest_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

func TestSchemaOfANewPool(t *testing.T) {
	gt := gatetest.New(t)
	custom := func(name string) types.SchemaAttributeType {
		return types.SchemaAttributeType{Name: &name, AttributeDataType: types.AttributeDataTypeString}
	}
	typeless := custom("badge")
	typeless.AttributeDataType = ""
	const text = "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
	_, err := gt.API.CreateUserPool(t.Context(), &idp.CreateUserPoolInput{PoolName: aws.String("p"), Schema: []types.SchemaAttributeType{typeless}})
	wantException(t, "CreateUserPool, a custom attribute without a type", err, "InvalidParameterException", text)
	_, err = gt.API.AddCustomAttributes(t.Context(), &idp.AddCustomAttributesInput{UserPoolId: &gt.Pool, CustomAttributes: []types.SchemaAttributeType{typeless}})
	wantException(t, "AddCustomAttributes, an attribute without a type", err, "InvalidParameterException", text)

	email := types.SchemaAttributeType{Name: aws.String("email"), Required: aws.Bool(true)} // its type is known
	name := types.SchemaAttributeType{Name: aws.String("name"), Mutable: aws.Bool(true)}
	pool := gt.MustPool(&idp.CreateUserPoolInput{Schema: []types.SchemaAttributeType{email, name, custom("one"), custom("custom:two")}})
	out, err := gt.API.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: &pool})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"email": false, "name": true, "nickname": true, "custom:one": false, "custom:custom:two": false} // mutable
	for _, a := range out.UserPool.SchemaAttributes {
		if mutable, ok := want[*a.Name]; ok && *a.Mutable == mutable {
			delete(want, *a.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("the schema lacks %v, or has them with another Mutable", want)
	}
}

func TestAllUnknownAttributesAreNamed(t *testing.T) {
	gt := gatetest.New(t)
	gt.MustUser("alice")
	client := *gt.MustClient().ClientId
	unknown := gatetest.Attributes("custom:b", "1", "nickname", "al", "custom:a", "1")
	_, err := gt.API.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("alice"), UserAttributes: unknown})
	wantException(t, "AdminUpdateUserAttributes", err, "InvalidParameterException", "user.custom:a: Attribute does not exist in the schema.\nuser.custom:b: Attribute does not exist in the schema.\n")
	_, err = gt.API.AdminDeleteUserAttributes(t.Context(), &idp.AdminDeleteUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("alice"), UserAttributeNames: []string{"custom:b", "custom:a"}})
	wantException(t, "AdminDeleteUserAttributes", err, "InvalidParameterException", "Invalid user attributes: user.custom:a: Attribute does not exist in the schema.\nuser.custom:b: Attribute does not exist in the schema.\n")
	const conform = "Attributes did not conform to the schema: custom:a: Attribute does not exist in the schema.\ncustom:b: Attribute does not exist in the schema.\n"
	_, err = gt.API.AdminCreateUser(t.Context(), &idp.AdminCreateUserInput{UserPoolId: &gt.Pool, Username: aws.String("bob"), UserAttributes: unknown})
	wantException(t, "AdminCreateUser", err, "InvalidParameterException", conform)
	_, err = gt.Public.SignUp(t.Context(), &idp.SignUpInput{ClientId: &client, Username: aws.String("bob"), Password: aws.String(gatetest.Password), UserAttributes: unknown})
	wantException(t, "SignUp", err, "InvalidParameterException", conform)
	out, err := gt.API.AdminGetUser(t.Context(), &idp.AdminGetUserInput{UserPoolId: &gt.Pool, Username: aws.String("alice")})
	if err != nil || slices.ContainsFunc(out.UserAttributes, func(a types.AttributeType) bool { return *a.Name == "nickname" }) {
		t.Errorf("after the refusals alice is %v, %v, want no nickname", out, err)
	}
}

func TestListUsersAsksForAttributesThatAllOfThePageHave(t *testing.T) {
	gt := gatetest.New(t)
	gt.MustUser("alice")
	gt.MustUser("bob")
	if _, err := gt.API.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{UserPoolId: &gt.Pool, Username: aws.String("alice"), UserAttributes: gatetest.Attributes("nickname", "al")}); err != nil {
		t.Fatal(err)
	}
	list := func(filter string, attributes ...string) error {
		_, err := gt.API.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: &gt.Pool, AttributesToGet: attributes, Filter: &filter})
		return err
	}
	const text = "One or more requested attributes do not exist."
	wantException(t, "bob has no nickname", list("", "email", "nickname"), "InvalidParameterException", text)
	wantException(t, "the pool has no such attribute", list("", "custom:x"), "InvalidParameterException", text)
	if err := list("", "sub", "email"); err != nil {
		t.Errorf("attributes that both have: %v", err)
	}
	if err := list(`username = "alice"`, "nickname"); err != nil {
		t.Errorf("a page with alice alone: %v", err)
	}
}

// Each region has its own pools, as if it had its own endpoint.
func TestPoolsOfAnotherRegionAreNotFound(t *testing.T) {
	gt := gatetest.New(t)
	in := func(region string) func(*idp.Options) { return func(o *idp.Options) { o.Region = region } }
	made, err := gt.API.CreateUserPool(t.Context(), &idp.CreateUserPoolInput{PoolName: aws.String("there")}, in("eu-west-1"))
	if err != nil {
		t.Fatal(err)
	}
	there := *made.UserPool.Id
	for region, want := range map[string][]string{"us-east-1": {gt.Pool}, "eu-west-1": {there}, "eu-west-2": nil, "eu-west": nil} {
		out, err := gt.API.ListUserPools(t.Context(), &idp.ListUserPoolsInput{MaxResults: aws.Int32(1)}, in(region))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range out.UserPools {
			got = append(got, *p.Id)
		}
		if !slices.Equal(got, want) || out.NextToken != nil {
			t.Errorf("pools of %s: %v and the token %v, want %v alone", region, got, out.NextToken, want)
		}
	}
	missing := "User pool " + there + " does not exist."
	_, err = gt.API.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: &there})
	wantException(t, "DescribeUserPool", err, "ResourceNotFoundException", missing)
	_, err = gt.API.UpdateUserPool(t.Context(), &idp.UpdateUserPoolInput{UserPoolId: &there})
	wantException(t, "UpdateUserPool", err, "ResourceNotFoundException", missing)
	_, err = gt.API.DeleteUserPool(t.Context(), &idp.DeleteUserPoolInput{UserPoolId: &there})
	wantException(t, "DeleteUserPool", err, "ResourceNotFoundException", missing)
	_, err = gt.API.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: &there})
	wantException(t, "ListUsers", err, "ResourceNotFoundException", missing)
	if _, err := gt.API.DescribeUserPool(t.Context(), &idp.DescribeUserPoolInput{UserPoolId: &there}, in("eu-west-1")); err != nil {
		t.Errorf("after the refusals the pool is %v in its own region", err)
	}
}
