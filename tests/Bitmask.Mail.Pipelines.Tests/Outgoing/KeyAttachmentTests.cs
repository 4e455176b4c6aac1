using System.Text;
using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>The own key goes along once, to who may not have it.</summary>
public class KeyAttachmentTests
{
    private const string Eve = "eve@plain.test";

    private const string Part = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nm=E4rz=\r\n\r\n";

    private const string Mail = "From: Alice <alice@red.test>\r\nTo: eve@plain.test\r\nSubject: Tulips\r\nDate: Tue, 24 Nov 2026 11:00:00 +0000\r\nMIME-Version: 1.0\r\n" + Part;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FirstMailInClear_CarriesTheKeyBesideTheMailAsItIs_TheSecondDoesNot(bool signs)
    {
        await using var world = await World.StartAsync();
        world.Alice.Sending.SignsClear = signs;

        var (first, second) = (await SendAsync(world.Alice, Eve), await SendAsync(world.Alice, Eve));

        var mixed = signs ? RawMessage.Parse(Parts(first)[0]) : first;
        Assert.True(mixed.ContentType.IsMimeType("multipart", "mixed"));
        Assert.Equal(Part, Encoding.UTF8.GetString(Parts(mixed)[0].Span));
        var key = OpenPgpCertificate.Parse(RawMessage.Parse(Parts(mixed)[1]).Body.ToArray());
        Assert.Equal(world.Alice.Certificate.Minimal(world.Alice.Address).ToBinary(), key.ToBinary());
        Assert.DoesNotContain("pgp-keys", Encoding.UTF8.GetString(second.Body.Span), StringComparison.Ordinal);
        Assert.Single(first.Fields, field => field.Is("MIME-Version"));
        Assert.Single(first.Fields, field => field.Is("Content-Type"));
        Assert.DoesNotContain(first.Fields, field => field.Is("Content-Transfer-Encoding"));
    }

    [Fact]
    public async Task MailThatDidNotLeave_IsNoContact()
    {
        await using var world = await World.StartAsync();
        await SendAsync(world.Alice, "later@plain.test");

        Assert.True(world.Alice.Keys.IsFirstContact(EmailAddress.Parse("later@plain.test")));
    }

    [Fact]
    public async Task WrittenToFromAnotherDevice_NoKey()
    {
        await using var world = await World.StartAsync();
        await using var other = await Person.OtherDeviceAsync(world.Alice, world.Directory);
        await SendAsync(world.Alice, Eve);

        await world.Alice.SendAsync(other);

        Assert.DoesNotContain("pgp-keys", Encoding.UTF8.GetString((await SendAsync(other, Eve)).Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeenWithAutocrypt_NoKey()
    {
        await using var world = await World.StartAsync();
        var eve = Bitmask.OpenPgp.Secret.OpenPgpSecretKey.Generate(EmailAddress.Parse(Eve), world.Clock.GetUtcNow());
        var header = AutocryptHeader.Parse(AutocryptHeader.Format(EmailAddress.Parse(Eve), eve.Certificate, world.Clock.GetUtcNow())!);
        await world.Alice.Store.WriteAsync(tx => world.Alice.Keys.Harvest(tx, new ShownKeys(EmailAddress.Parse(Eve), world.Clock.GetUtcNow(), false, header, [], [])));

        Assert.DoesNotContain("pgp-keys", Encoding.UTF8.GetString((await SendAsync(world.Alice, Eve)).Body.Span), StringComparison.Ordinal);
    }

    private static async Task<RawMessage> SendAsync(Person person, string recipient)
    {
        await person.SubmitAsync(Mail, recipient);
        await person.Outgoing.WorkAsync();
        return RawMessage.Parse(person.Relay.Taken.LastOrDefault().Message ?? []);
    }

    private static List<ReadOnlyMemory<byte>> Parts(RawMessage message) => RawMultipart.Split(message.Body, message.ContentType.Boundary!, 3);
}
