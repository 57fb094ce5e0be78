package gatetest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/testing/gatetest"
)

// alwaysRefused are the operations that no installation can do: it is one region.
// refuseReplicas calls them.
var alwaysRefused = []string{"CreateUserPoolReplica", "UpdateUserPoolReplica", "DeleteUserPoolReplica"}

// limitOf is the definition of the limit of a category.
func limitOf(category string) object {
	return object{"LimitClass": "API_CATEGORY", "Attributes": object{"Category": category}}
}

func (r *tour) replicas() {
	t := r.t
	list := must[idp.ListUserPoolReplicasOutput](t)(r.signed.ListUserPoolReplicas(r.ctx, &idp.ListUserPoolReplicasInput{UserPoolId: &r.Pool})).UserPoolReplicas
	if len(list) != 1 || *list[0].RegionName != gatetest.Region || list[0].Role != "PRIMARY" || list[0].Status != "ACTIVE" || *list[0].UserPoolArn != "arn:aws:cognito-idp:us-east-1:000000000000:userpool/"+r.Pool {
		t.Errorf("replicas %+v, want the pool itself", list)
	}
	for category, want := range map[string]float64{"UserAuthentication": 120, "UserCreation": 50, "UserFederation": 25, "UserRead": 120, "UserToken": 120, "UserResourceRead": 50} {
		got, _ := r.raw("GetProvisionedLimit", object{"LimitDefinition": limitOf(category)})["Limit"].(object)
		lower, _ := r.raw("UpdateProvisionedLimit", object{"LimitDefinition": limitOf(category), "RequestedLimitValue": 1})["Limit"].(object)
		if got["FreeLimitValue"] != want || got["ProvisionedLimitValue"] != float64(ratelimit.Unlimited) {
			t.Errorf("limit of %s: %v, want none", category, got)
		}
		if lower["FreeLimitValue"] != want || lower["ProvisionedLimitValue"] != want {
			t.Errorf("lowered limit of %s: %v, want %v", category, lower, want)
		}
		r.raw("UpdateProvisionedLimit", object{"LimitDefinition": limitOf(category), "RequestedLimitValue": ratelimit.Unlimited})
	}
}

func refuseReplicas(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	update := func(region string) func() error {
		return func() error {
			return errorOf(gt.API.UpdateUserPoolReplica(ctx, &idp.UpdateUserPoolReplicaInput{UserPoolId: &gt.Pool, RegionName: &region, Status: "ACTIVE"}))
		}
	}
	remove := func(region string) func() error {
		return func() error {
			return errorOf(gt.API.DeleteUserPoolReplica(ctx, &idp.DeleteUserPoolReplicaInput{UserPoolId: &gt.Pool, RegionName: &region}))
		}
	}
	limit := func(operation string, in object) func() error {
		return func() error {
			_, err := raw(gt, t, operation, in)
			return err
		}
	}
	checkRefusals(t, []refusal{
		{"a replica", func() error {
			return errorOf(gt.API.CreateUserPoolReplica(ctx, &idp.CreateUserPoolReplicaInput{UserPoolId: &gt.Pool, RegionName: aws.String("eu-west-1")}))
		}, "OperationNotEnabledException", ""},
		{"a replica of an unknown pool", func() error {
			return errorOf(gt.API.CreateUserPoolReplica(ctx, &idp.CreateUserPoolReplicaInput{UserPoolId: aws.String("us-east-1_none00000"), RegionName: aws.String("eu-west-1")}))
		}, notFound, ""},
		{"change a replica that does not exist", update("eu-west-1"), notFound, "The user pool " + gt.Pool + " has no replica in the region eu-west-1."},
		{"change the pool's own region", update(gatetest.Region), invalid, ""},
		{"delete a replica that does not exist", remove("eu-west-1"), notFound, ""},
		{"delete the pool's own region", remove(gatetest.Region), invalid, ""},
		{"a page of replicas that does not exist", func() error {
			return errorOf(gt.API.ListUserPoolReplicas(ctx, &idp.ListUserPoolReplicasInput{UserPoolId: &gt.Pool, NextToken: aws.String("x")}))
		}, invalid, "Invalid pagination token given."},
		{"the limit of an unknown category", limit("GetProvisionedLimit", object{"LimitDefinition": limitOf("UserList")}), notFound, ""},
		{"a limit without a category", limit("GetProvisionedLimit", object{"LimitDefinition": object{"LimitClass": "API_CATEGORY", "Attributes": object{"Pool": gt.Pool}}}), notFound, ""},
		{"a limit above the maximum", limit("UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserRead"), "RequestedLimitValue": ratelimit.Unlimited + 1}), "ServiceQuotaExceededException", ""},
		{"a limit of nothing", limit("UpdateProvisionedLimit", object{"LimitDefinition": limitOf("UserRead"), "RequestedLimitValue": 0}), invalid, ""},
	})
}

func TestIssuerConfigurationIsKept(t *testing.T) {
	gt := gatetest.New(t)
	created, err := raw(gt, t, "CreateUserPool", object{"PoolName": "issuer", "IssuerConfiguration": object{"Type": "UPDATED"}})
	if err != nil {
		t.Fatal(err)
	}
	id := created["UserPool"].(object)["Id"]
	typeOf := func() any {
		t.Helper()
		got, err := raw(gt, t, "DescribeUserPool", object{"UserPoolId": id})
		if err != nil {
			t.Fatal(err)
		}
		configuration, _ := got["UserPool"].(object)["IssuerConfiguration"].(object)
		return configuration["Type"]
	}
	if got := typeOf(); got != "UPDATED" {
		t.Errorf("issuer configuration %v, want UPDATED", got)
	}
	if _, err := raw(gt, t, "UpdateUserPool", object{"UserPoolId": id}); err != nil {
		t.Fatal(err)
	}
	if got := typeOf(); got != nil {
		t.Errorf("after an update without it: %v", got)
	}
}

func TestSecurityPolicyOfACustomDomain(t *testing.T) {
	gt := gatetest.New(t)
	create := func(policy string) error {
		_, err := raw(gt, t, "CreateUserPoolDomain", object{"UserPoolId": gt.Pool, "Domain": "auth.example.com", "CustomDomainConfig": object{"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1", "SecurityPolicy": policy}})
		return err
	}
	wantException(t, "TLS 1.3 alone", create("TLS_V1_3_2025"), invalid, "")
	if got, err := raw(gt, t, "DescribeUserPoolDomain", object{"Domain": "auth.example.com"}); err != nil || len(got["DomainDescription"].(object)) != 0 {
		t.Errorf("after the refusal: %v, %v", got, err)
	}
	if err := create("TLS_V1_2_2021"); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}
