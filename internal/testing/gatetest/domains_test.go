package gatetest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/testing/gatetest"
)

const certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4"

// TestCustomDomain makes, changes and deletes a custom domain with the SDK.
func TestCustomDomain(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	name := aws.String("login.corp.example.com")
	created := must[idp.CreateUserPoolDomainOutput](t)(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{
		UserPoolId: &gt.Pool, Domain: name, CustomDomainConfig: &types.CustomDomainConfigType{CertificateArn: aws.String(certificate)},
	}))
	describe := func() *types.DomainDescriptionType {
		t.Helper()
		return must[idp.DescribeUserPoolDomainOutput](t)(gt.API.DescribeUserPoolDomain(ctx, &idp.DescribeUserPoolDomainInput{Domain: name})).DomainDescription
	}
	got := describe()
	if aws.ToString(got.Domain) != *name || aws.ToString(got.CustomDomainConfig.CertificateArn) != certificate || got.Status != types.DomainStatusTypeActive ||
		aws.ToString(created.CloudFrontDomain) == "" || aws.ToString(got.CloudFrontDistribution) != *created.CloudFrontDomain {
		t.Errorf("created %+v, described %+v", created, got)
	}
	if p := must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool})).UserPool; aws.ToString(p.CustomDomain) != *name {
		t.Errorf("the custom domain of the pool is %q, want %s", aws.ToString(p.CustomDomain), *name)
	}
	client := gt.MustClient(func(in *idp.CreateUserPoolClientInput) {
		in.AllowedOAuthFlows, in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthScopes = []types.OAuthFlowType{"code"}, true, []string{"openid"}
		in.CallbackURLs, in.SupportedIdentityProviders = []string{"https://app.example.com/cb"}, []string{"COGNITO"}
	})
	signIn := func() int {
		w := httptest.NewRecorder()
		gt.System.Handler().ServeHTTP(w, httptest.NewRequest("GET", "https://"+*name+"/login?response_type=code&redirect_uri=https://app.example.com/cb&client_id="+*client.ClientId, nil))
		return w.Code
	}
	if got := signIn(); got != 200 {
		t.Errorf("the sign-in page at the custom domain: %d, want 200", got)
	}
	updated := must[idp.UpdateUserPoolDomainOutput](t)(gt.API.UpdateUserPoolDomain(ctx, &idp.UpdateUserPoolDomainInput{
		UserPoolId: &gt.Pool, Domain: name, CustomDomainConfig: &types.CustomDomainConfigType{CertificateArn: aws.String(certificate + "5")},
	}))
	if aws.ToString(updated.CloudFrontDomain) != *created.CloudFrontDomain {
		t.Errorf("UpdateUserPoolDomain answers with the host %q, want %q", aws.ToString(updated.CloudFrontDomain), *created.CloudFrontDomain)
	}
	if got := describe(); aws.ToString(got.CustomDomainConfig.CertificateArn) != certificate+"5" {
		t.Errorf("after the update: %+v", got.CustomDomainConfig)
	}
	must[idp.DeleteUserPoolDomainOutput](t)(gt.API.DeleteUserPoolDomain(ctx, &idp.DeleteUserPoolDomainInput{UserPoolId: &gt.Pool, Domain: name}))
	if got := describe(); got.UserPoolId != nil {
		t.Errorf("after deleting: %+v, want an empty description", got)
	}
	if got := signIn(); got == 200 {
		t.Error("the sign-in page still answers at the deleted domain")
	}
}

func TestDomainNamesThatAreRefused(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	custom := &types.CustomDomainConfigType{CertificateArn: aws.String(certificate)}
	for _, tt := range []struct {
		name   string
		config *types.CustomDomainConfigType
	}{
		{"login.example.com", nil}, {"login", custom}, {"login..example.com", custom}, {".example.com", custom}, {"login.example.com.", custom},
		{"Login.example.com", custom}, {"*.example.com", custom}, {"login.example.com:443", custom}, {"-login.example.com", custom}, {"log_in.example.com", custom},
	} {
		_, err := gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &gt.Pool, Domain: &tt.name, CustomDomainConfig: tt.config})
		wantException(t, tt.name, err, "InvalidParameterException", "")
	}
	if p := must[idp.DescribeUserPoolOutput](t)(gt.API.DescribeUserPool(ctx, &idp.DescribeUserPoolInput{UserPoolId: &gt.Pool})).UserPool; p.Domain != nil || p.CustomDomain != nil {
		t.Errorf("the pool has a domain: %v, %v", p.Domain, p.CustomDomain)
	}
}

func TestPrefixDomainIsDescribedAsTheServiceDoes(t *testing.T) {
	gt, ctx := gatetest.New(t), t.Context()
	must[idp.CreateUserPoolDomainOutput](t)(gt.API.CreateUserPoolDomain(ctx, &idp.CreateUserPoolDomainInput{UserPoolId: &gt.Pool, Domain: aws.String("staff")}))
	got := must[idp.DescribeUserPoolDomainOutput](t)(gt.API.DescribeUserPoolDomain(ctx, &idp.DescribeUserPoolDomainInput{Domain: aws.String("staff")})).DomainDescription
	if aws.ToString(got.S3Bucket) != "aws-cognito-prod-iad-assets" || aws.ToString(got.CloudFrontDistribution) == "" || got.CustomDomainConfig == nil || got.CustomDomainConfig.CertificateArn != nil {
		t.Errorf("described %+v", got)
	}
}
