package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// declaredPool is the configuration of a pool with an app client for the API.
const declaredPool = `
  pools:
    - id: us-east-1_Declared1
      name: declared
      domain: declared
      self_sign_up: true
      groups: [admins]
      clients:
        - id: apiclient00000000000000000
          callback_urls: ["https://app.example.com/callback"]
          auth_flows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
      users:
        - {username: alice, email: alice@example.com, password: "Alice-2026!", groups: [admins]}
`

const (
	declaredID     = "us-east-1_Declared1"
	declaredClient = "apiclient00000000000000000"
)

// TestKill kills a directory under load, again and again. Every user whose
// creation was answered must exist in the end.
func TestKill(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		d := newDirectory(t, db, declaredPool)
		sdk := newSDK(t, d.url, d.accessKey(t))
		var answered []string
		for round := range kills {
			answered = append(answered, createUntilKilled(t, d, sdk, round)...)
			d.start(t)
		}
		wantUsers(t, sdk, answered)
		last := answered[len(answered)-1]
		if err := passwordSignIn(t, sdk, "alice", "Alice-2026!"); err != nil {
			t.Errorf("sign-in of alice: %v", err)
		}
		if err := passwordSignIn(t, sdk, last, "Wrong-2026!"); err == nil {
			t.Errorf("%s could sign in with a wrong password", last)
		}
		d.stop()
	})
}

// enough is the number of answers after which the directory is killed.
const enough = 30

// createUntilKilled creates users from several goroutines and kills the process.
// It returns the names of the users whose creation was answered.
func createUntilKilled(t *testing.T, d *directory, sdk *cognito.Client, round int) []string {
	t.Helper()
	var mu sync.Mutex
	var answered []string
	killed := make(chan struct{}) // closed just before the kill
	var work sync.WaitGroup
	for side := range 4 {
		work.Go(func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("user-%d-%d-%d", round, side, n)
				err := create(bounded(t), sdk, name, side%2 == 0)
				mu.Lock()
				if err == nil {
					answered = append(answered, name)
				}
				if err == nil && len(answered) == enough {
					close(killed)
					work.Go(d.kill) // while the requests of other goroutines are running
				}
				mu.Unlock()
				if err == nil {
					continue
				}
				select {
				case <-killed:
				default:
					t.Errorf("create %s before the kill: %v", name, err)
				}
				return
			}
		})
	}
	work.Wait()
	if len(answered) < enough {
		t.Fatalf("%d creations were answered, want at least %d", len(answered), enough)
	}
	return answered
}

func create(ctx context.Context, sdk *cognito.Client, name string, byAdmin bool) error {
	email := []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}}
	if byAdmin {
		_, err := sdk.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
			UserPoolId: aws.String(declaredID), Username: aws.String(name), UserAttributes: email, MessageAction: types.MessageActionTypeSuppress,
		})
		return err
	}
	_, err := sdk.SignUp(ctx, &cognito.SignUpInput{
		ClientId: aws.String(declaredClient), Username: aws.String(name), Password: aws.String("Some-2026!"), UserAttributes: email,
	})
	return err
}

// createSome creates ten users at once. It returns the names of those whose
// creation was answered.
func createSome(t *testing.T, sdk *cognito.Client, prefix string) []string {
	var mu sync.Mutex
	var answered []string
	var work sync.WaitGroup
	for n := range 10 {
		work.Go(func() {
			name := fmt.Sprintf("%s-%d", prefix, n)
			if create(bounded(t), sdk, name, n%2 == 0) == nil {
				mu.Lock()
				answered = append(answered, name)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	return answered
}

// wantUsers checks that all users exist whose creation was answered.
func wantUsers(t *testing.T, sdk *cognito.Client, answered []string) {
	t.Helper()
	kept := usernames(t, sdk)
	for _, name := range answered {
		if !kept[name] {
			t.Errorf("the creation of %s was answered, but the user does not exist", name)
		}
	}
	if len(answered) == 0 {
		t.Error("no creation was answered, so the check proves nothing")
	}
	t.Logf("%d creations were answered, %d users exist", len(answered), len(kept))
}

// usernames lists all users of the pool, page by page. Each user must have all
// attributes.
func usernames(t *testing.T, sdk *cognito.Client) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	pages := cognito.NewListUsersPaginator(sdk, &cognito.ListUsersInput{UserPoolId: aws.String(declaredID), Limit: aws.Int32(10)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(bounded(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Users {
			if len(u.Attributes) < 2 { // sub and email
				t.Errorf("user %s has only the attributes %v, want sub and email", aws.ToString(u.Username), u.Attributes)
			}
			names[aws.ToString(u.Username)] = true
		}
	}
	return names
}

func passwordSignIn(t *testing.T, sdk *cognito.Client, name, password string) error {
	t.Helper()
	_, err := sdk.InitiateAuth(bounded(t), &cognito.InitiateAuthInput{
		ClientId: aws.String(declaredClient), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
	return err
}
