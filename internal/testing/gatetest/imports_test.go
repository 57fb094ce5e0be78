package gatetest_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/testing/gatetest"
)

const logsRole = "arn:aws:iam::123456789012:role/service-role/Cognito-UserImport-Role"

func newImport(t *testing.T, gt *gatetest.Server) *types.UserImportJobType {
	t.Helper()
	return must[idp.CreateUserImportJobOutput](t)(gt.API.CreateUserImportJob(t.Context(), &idp.CreateUserImportJobInput{UserPoolId: &gt.Pool, JobName: aws.String("staff"), CloudWatchLogsRoleArn: aws.String(logsRole)})).UserImportJob
}

// csv returns a file for the pool of the server with verified e-mail addresses.
func csv(t *testing.T, gt *gatetest.Server, names ...string) string {
	t.Helper()
	columns := must[idp.GetCSVHeaderOutput](t)(gt.API.GetCSVHeader(t.Context(), &idp.GetCSVHeaderInput{UserPoolId: &gt.Pool})).CSVHeader
	lines := []string{strings.Join(columns, ",")}
	for _, name := range names {
		values := map[string]string{"cognito:username": name, "email": name + "@example.com", "email_verified": "true", "cognito:mfa_enabled": "false"}
		var line []string
		for _, c := range columns {
			line = append(line, values[c])
		}
		lines = append(lines, strings.Join(line, ","))
	}
	return strings.Join(lines, "\n") + "\n"
}

// put uploads a file as the commands of Cognito's guide do, and returns the status
// and the code of the error, if there is one.
func put(t *testing.T, gt *gatetest.Server, address string, body io.Reader, headers ...string) (status int, code string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-amz-server-side-encryption", "aws:kms")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := gt.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var failure struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	if len(answer) > 0 {
		if err := xml.Unmarshal(answer, &failure); err != nil {
			t.Errorf("the answer %q is no error of S3: %v", answer, err)
		}
	}
	return resp.StatusCode, failure.Code
}

// ended waits until a job has ended.
func ended(t *testing.T, gt *gatetest.Server, job *string) *types.UserImportJobType {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		j := must[idp.DescribeUserImportJobOutput](t)(gt.API.DescribeUserImportJob(ctx, &idp.DescribeUserImportJobInput{UserPoolId: &gt.Pool, JobId: job})).UserImportJob
		if j.CompletionDate != nil {
			return j
		}
	}
}

func (r *tour) imports() {
	t, gt := r.t, r.Server
	must[idp.GetCSVHeaderOutput](t)(r.signed.GetCSVHeader(r.ctx, &idp.GetCSVHeaderInput{UserPoolId: &r.Pool}))
	made := must[idp.CreateUserImportJobOutput](t)(r.signed.CreateUserImportJob(r.ctx, &idp.CreateUserImportJobInput{UserPoolId: &r.Pool, JobName: aws.String("staff"), CloudWatchLogsRoleArn: aws.String(logsRole)})).UserImportJob
	if made.Status != "Created" || *made.JobName != "staff" || *made.UserPoolId != r.Pool || *made.CloudWatchLogsRoleArn != logsRole || made.CreationDate == nil || made.StartDate != nil || made.CompletionMessage != nil {
		t.Errorf("CreateUserImportJob = %+v", made)
	}
	if status, code := put(t, gt, *made.PreSignedUrl, strings.NewReader(csv(t, gt, "imported-1", "imported-2"))); status != 200 {
		t.Fatalf("the upload was answered %d %s", status, code)
	}
	begun := must[idp.StartUserImportJobOutput](t)(r.signed.StartUserImportJob(r.ctx, &idp.StartUserImportJobInput{UserPoolId: &r.Pool, JobId: made.JobId})).UserImportJob
	if begun.Status != "Pending" || begun.StartDate == nil {
		t.Errorf("StartUserImportJob = %+v", begun)
	}
	ended(t, gt, made.JobId)
	done := must[idp.DescribeUserImportJobOutput](t)(r.signed.DescribeUserImportJob(r.ctx, &idp.DescribeUserImportJobInput{UserPoolId: &r.Pool, JobId: made.JobId})).UserImportJob
	if done.Status != "Succeeded" || done.ImportedUsers != 2 || done.FailedUsers != 0 || done.SkippedUsers != 0 || *done.CompletionMessage != "Import Job Completed Successfully." {
		t.Errorf("DescribeUserImportJob = %+v", done)
	}
	if u := must[idp.AdminGetUserOutput](t)(r.signed.AdminGetUser(r.ctx, &idp.AdminGetUserInput{UserPoolId: &r.Pool, Username: aws.String("imported-2")})); u.UserStatus != "RESET_REQUIRED" {
		t.Errorf("an imported user is %s", u.UserStatus)
	}
	if list := must[idp.ListUserImportJobsOutput](t)(r.signed.ListUserImportJobs(r.ctx, &idp.ListUserImportJobsInput{UserPoolId: &r.Pool, MaxResults: aws.Int32(10)})).UserImportJobs; len(list) != 1 || *list[0].JobId != *made.JobId {
		t.Errorf("ListUserImportJobs = %+v", list)
	}
	r.stopImport()
}

// stopImport stops a job, whether it is as quick or not.
func (r *tour) stopImport() {
	var names []string
	for i := range 20_000 {
		names = append(names, fmt.Sprint("stopped-", i))
	}
	j := newImport(r.t, r.Server)
	put(r.t, r.Server, *j.PreSignedUrl, strings.NewReader(csv(r.t, r.Server, names...)))
	must[idp.StartUserImportJobOutput](r.t)(r.API.StartUserImportJob(r.ctx, &idp.StartUserImportJobInput{UserPoolId: &r.Pool, JobId: j.JobId}))
	must[idp.StopUserImportJobOutput](r.t)(r.signed.StopUserImportJob(r.ctx, &idp.StopUserImportJobInput{UserPoolId: &r.Pool, JobId: j.JobId}))
	done := ended(r.t, r.Server, j.JobId)
	if done.Status != "Stopped" || done.ImportedUsers == 20_000 || *done.CompletionMessage != "The Import Job was stopped by the developer." {
		r.t.Errorf("the job is %+v", done)
	}
}

func refuseImports(t *testing.T, gt *gatetest.Server) {
	ctx := t.Context()
	empty, full := newImport(t, gt), newImport(t, gt)
	put(t, gt, *full.PreSignedUrl, strings.NewReader(csv(t, gt, "refused")))
	none := aws.String("import-none")
	start := func(id *string) func() error {
		return func() error {
			return errorOf(gt.API.StartUserImportJob(ctx, &idp.StartUserImportJobInput{UserPoolId: &gt.Pool, JobId: id}))
		}
	}
	stop := func(id *string) func() error {
		return func() error {
			return errorOf(gt.API.StopUserImportJob(ctx, &idp.StopUserImportJobInput{UserPoolId: &gt.Pool, JobId: id}))
		}
	}
	elsewhere := aws.String("us-east-1_Missing00")
	checkRefusals(t, []refusal{
		{"an unknown hash of passwords", func() error {
			_, err := raw(gt, t, "CreateUserImportJob", object{"UserPoolId": gt.Pool, "JobName": "j", "CloudWatchLogsRoleArn": logsRole, "PasswordHashingAlgorithm": "MD5"})
			return err
		}, "InvalidParameterException", ""},
		{"a job of an unknown pool", func() error {
			return errorOf(gt.API.CreateUserImportJob(ctx, &idp.CreateUserImportJobInput{UserPoolId: elsewhere, JobName: none, CloudWatchLogsRoleArn: aws.String(logsRole)}))
		}, "ResourceNotFoundException", ""},
		{"the header of an unknown pool", func() error {
			return errorOf(gt.API.GetCSVHeader(ctx, &idp.GetCSVHeaderInput{UserPoolId: elsewhere}))
		}, "ResourceNotFoundException", ""},
		{"an unknown job", func() error {
			return errorOf(gt.API.DescribeUserImportJob(ctx, &idp.DescribeUserImportJobInput{UserPoolId: &gt.Pool, JobId: none}))
		}, "ResourceNotFoundException", "The import job does not exist."},
		{"start an unknown job", start(none), "ResourceNotFoundException", ""},
		{"stop an unknown job", stop(none), "ResourceNotFoundException", ""},
		{"start without a file", start(empty.JobId), "PreconditionNotMetException", "No csv file was uploaded for " + *empty.JobId},
		{"stop before the start", stop(empty.JobId), "PreconditionNotMetException", ""},
		{"a wrong page token", func() error {
			return errorOf(gt.API.ListUserImportJobs(ctx, &idp.ListUserImportJobsInput{UserPoolId: &gt.Pool, MaxResults: aws.Int32(1), PaginationToken: aws.String("x")}))
		}, "InvalidParameterException", "Invalid pagination token given."},
	})
	if err := start(full.JobId)(); err != nil {
		t.Fatal(err)
	}
	ended(t, gt, full.JobId)
	checkRefusals(t, []refusal{
		{"start a job that has ended", start(full.JobId), "PreconditionNotMetException", ""},
		{"stop a job that has ended", stop(full.JobId), "PreconditionNotMetException", ""},
	})
}

func TestUploadsOfImports(t *testing.T) {
	gt := gatetest.New(t)
	j, other := newImport(t, gt), newImport(t, gt)
	file := csv(t, gt, "alice")
	wrong := *j.PreSignedUrl
	at, err := url.Parse(wrong)
	if err != nil {
		t.Fatal(err)
	}
	foreign := strings.Replace(*other.PreSignedUrl, *other.JobId, *j.JobId, 1)
	unsigned := strings.TrimSuffix(wrong, "?"+at.RawQuery)
	for what, c := range map[string]struct {
		address, body string
		headers       []string
		status        int
		code          string
	}{
		"without a signature":   {unsigned, file, nil, 403, "SignatureDoesNotMatch"},
		"of another job":        {foreign, file, nil, 403, "SignatureDoesNotMatch"},
		"with other encryption": {wrong, file, []string{"x-amz-server-side-encryption", "AES256"}, 400, "InvalidArgument"},
	} {
		if status, code := put(t, gt, c.address, strings.NewReader(c.body), c.headers...); status != c.status || code != c.code {
			t.Errorf("an upload %s was answered %d %s, want %d %s", what, status, code, c.status, c.code)
		}
	}
	if status, code := put(t, gt, wrong, &endless{userimport.MaxFile + 1}); status != 400 || code != "EntityTooLarge" {
		t.Errorf("an upload that says that it is too large was answered %d %s", status, code)
	}
	if err := errorOf(gt.API.StartUserImportJob(t.Context(), &idp.StartUserImportJobInput{UserPoolId: &gt.Pool, JobId: j.JobId})); err == nil {
		t.Error("a refused upload was kept")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, wrong, strings.NewReader(file)) // without the header of encryption
	if err != nil {
		t.Fatal(err)
	}
	resp, err := gt.Client().Do(r)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("x-amz-server-side-encryption") != "aws:kms" {
		t.Errorf("the upload was answered %v, %v", resp, err)
	}
	gt.Advance(15 * time.Minute)
	if status, code := put(t, gt, wrong, strings.NewReader(file)); status != 403 || code != "AccessDenied" {
		t.Errorf("an upload after a quarter of an hour was answered %d %s", status, code)
	}
}

// endless is a body of so many bytes.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	e.left -= n
	return int(n), nil
}

// What changes the schema waits for the end of an import.
func TestPoolsDoNotChangeDuringAnImport(t *testing.T) {
	gt := gatetest.New(t)
	ctx := t.Context()
	var names []string
	for i := range 20_000 {
		names = append(names, fmt.Sprint("u", i))
	}
	j := newImport(t, gt)
	put(t, gt, *j.PreSignedUrl, strings.NewReader(csv(t, gt, names...)))
	changes := map[string]func() error{
		"UpdateUserPool": func() error {
			return errorOf(gt.API.UpdateUserPool(ctx, &idp.UpdateUserPoolInput{UserPoolId: &gt.Pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}}))
		},
		"AddCustomAttributes": func() error {
			return errorOf(gt.API.AddCustomAttributes(ctx, &idp.AddCustomAttributesInput{UserPoolId: &gt.Pool, CustomAttributes: []types.SchemaAttributeType{{Name: aws.String("a"), AttributeDataType: "String"}}}))
		},
		"DeleteUserPool": func() error {
			return errorOf(gt.API.DeleteUserPool(ctx, &idp.DeleteUserPoolInput{UserPoolId: &gt.Pool}))
		},
	}
	must[idp.StartUserImportJobOutput](t)(gt.API.StartUserImportJob(ctx, &idp.StartUserImportJobInput{UserPoolId: &gt.Pool, JobId: j.JobId}))
	for operation, change := range changes {
		wantException(t, operation, change(), "UserImportInProgressException", "A user import job is in progress for the user pool.")
	}
	must[idp.StopUserImportJobOutput](t)(gt.API.StopUserImportJob(ctx, &idp.StopUserImportJobInput{UserPoolId: &gt.Pool, JobId: j.JobId}))
	ended(t, gt, j.JobId)
	for _, operation := range []string{"UpdateUserPool", "AddCustomAttributes", "DeleteUserPool"} {
		if err := changes[operation](); err != nil {
			t.Errorf("%s after the import: %v", operation, err)
		}
	}
}

// An imported user chooses a password with a code. Clients that may know who exists
// are told so.
func TestSignInOfAnImportedUser(t *testing.T) {
	gt := gatetest.New(t)
	ctx := t.Context()
	j := newImport(t, gt)
	put(t, gt, *j.PreSignedUrl, strings.NewReader(csv(t, gt, "alice")))
	must[idp.StartUserImportJobOutput](t)(gt.API.StartUserImportJob(ctx, &idp.StartUserImportJobInput{UserPoolId: &gt.Pool, JobId: j.JobId}))
	ended(t, gt, j.JobId)
	open, hiding := gt.MustClient(), gt.MustClient(gatetest.Hiding)
	wantException(t, "a password", errorOf(gt.SignIn(*open.ClientId, "alice", "Wrong-Horse-7")), "PasswordResetRequiredException", "Password reset required for the user")
	wantException(t, "SRP", errorOf(gt.SRP(*open.ClientId, "alice", "Wrong-Horse-7")), "PasswordResetRequiredException", "Password reset required for the user")
	wantException(t, "a password with a client that hides who exists", errorOf(gt.SignIn(*hiding.ClientId, "alice", "Wrong-Horse-7")), "NotAuthorizedException", "Incorrect username or password.")
	wantException(t, "SRP with a client that hides who exists", errorOf(gt.SRP(*hiding.ClientId, "alice", "Wrong-Horse-7")), "NotAuthorizedException", "Incorrect username or password.")
	must[idp.ForgotPasswordOutput](t)(gt.Public.ForgotPassword(ctx, &idp.ForgotPasswordInput{ClientId: open.ClientId, Username: aws.String("alice")}))
	must[idp.ConfirmForgotPasswordOutput](t)(gt.Public.ConfirmForgotPassword(ctx, &idp.ConfirmForgotPasswordInput{
		ClientId: open.ClientId, Username: aws.String("alice"), ConfirmationCode: aws.String(gt.MustCode("alice@example.com")), Password: aws.String("Right-Horse-7"),
	}))
	must[idp.InitiateAuthOutput](t)(gt.SignIn(*open.ClientId, "alice", "Right-Horse-7"))
}
