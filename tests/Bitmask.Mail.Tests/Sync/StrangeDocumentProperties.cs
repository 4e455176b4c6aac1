using System.Text.Json.Nodes;
using Bitmask.Testing;

namespace Bitmask.Mail.Tests;

/// <summary>A document may hold anything: it is passed over or read, never an exception (which would stop the sync).</summary>
public class StrangeDocumentProperties
{
    private const int Rounds = 4000;

    [Fact]
    public void Head_WithAnyMemberReplaced_IsReadOrPassedOver()
    {
        var id = new HeadId(1);
        var json = MessageSplitter.Split(OddMessages.Get("rfc822")).Documents(id).Last().Json;
        Mutate(json, changed =>
        {
            HeadRow.Read(DocumentIds.Of(id), changed);
            if (MailJson.TryRead(changed, MailJson.Head) is { } head)
            {
                MessageJoiner.Join(head, _ => null, out _);
            }

            Merge("head", json, changed);
        });
    }

    [Fact]
    public void Entry_WithAnyMemberReplaced_IsReadOrPassedOver()
    {
        var clock = new RegisterClock(3, "0000000000000001");
        var json = MailJson.Write(
            new EntryDocument
            {
                Eid = new string('a', 32),
                Head = "H-" + new string('a', 32),
                Mbox = clock.Stamp("B-" + new string('b', 32)),
                Flags = new Dictionary<string, Register<bool>> { ["\\Seen"] = clock.Stamp(true), ["$x"] = clock.Stamp(false) },
                Tags = new Dictionary<string, Register<bool>> { ["t"] = clock.Stamp(true) },
                Sec = System.Text.Json.JsonSerializer.SerializeToElement(
                    new SecurityFacts { Wrapper = "mx", Layers = [new SecurityLayer { Kind = "sig", Result = "good", SigTime = MailHome.Start }] }, MailJson.Security),
            },
            MailJson.Entry);
        Mutate(json, changed =>
        {
            EntryRow.Read("M-" + new string('a', 32), changed);
            Merge("flags", json, changed);
        });
    }

    [Fact]
    public void Mailbox_WithAnyMemberReplaced_IsReadOrPassedOver()
    {
        var clock = new RegisterClock(3, "0000000000000001");
        var json = MailJson.Write(new MailboxDocument { Uuid = new string('a', 32), Mbox = clock.Stamp("x"), SpecialUse = "\\Sent" }, MailJson.Mailbox);
        Mutate(json, changed =>
        {
            MailboxRow.Read("B-" + new string('a', 32), changed);
            Merge("mbox", json, changed);
        });
    }

    [Fact]
    public void Subscription_WithAnyMemberReplaced_IsReadOrPassedOver()
    {
        var json = MailJson.Write(new SubscriptionDocument { Mbox = "Work/Sub", Subscribed = new(true, 3, "0000000000000001") }, MailJson.Subscription);
        Mutate(json, changed =>
        {
            SubscriptionRow.Read("S-" + new string('a', 32), changed);
            Merge("subscription", json, changed);
        });
    }

    private static void Merge(string type, string json, string changed)
    {
        var resolver = MailProjection.Resolvers.Single(resolver => resolver.DocumentType == type);
        Assert.Equal(resolver.Merge(json, changed), resolver.Merge(changed, json));
    }

    private static void Mutate(string json, Action<string> read)
    {
        var random = new Random(23);
        for (var round = 0; round < Rounds; round++)
        {
            var root = JsonNode.Parse(json)!;
            for (var times = random.Next(1, 4); times > 0; times--)
            {
                Replace(root, random);
            }

            read(root.ToJsonString());
        }
    }

    private static void Replace(JsonNode node, Random random)
    {
        JsonNode? Strange() => random.Next(9) switch
        {
            0 => null,
            1 => JsonValue.Create(-1),
            2 => JsonValue.Create(long.MaxValue),
            3 => JsonValue.Create(""),
            4 => JsonValue.Create("x"),
            5 => JsonValue.Create(true),
            6 => new JsonArray(),
            7 => new JsonObject(),
            _ => new JsonArray(null, JsonValue.Create(1)),
        };
        switch (node)
        {
            case JsonObject { Count: > 0 } members:
                var name = members.ElementAt(random.Next(members.Count)).Key;
                if (members[name] is JsonObject or JsonArray && random.Next(3) > 0)
                {
                    Replace(members[name]!, random);
                }
                else if (random.Next(5) == 0)
                {
                    members.Remove(name);
                }
                else
                {
                    members[name] = Strange();
                }

                break;
            case JsonArray { Count: > 0 } elements:
                var index = random.Next(elements.Count);
                if (elements[index] is JsonObject or JsonArray && random.Next(3) > 0)
                {
                    Replace(elements[index]!, random);
                }
                else
                {
                    elements[index] = Strange();
                }

                break;
        }
    }
}
