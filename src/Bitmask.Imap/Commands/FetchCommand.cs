using System.Runtime.CompilerServices;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>
/// FETCH (RFC 3501 §6.4.5) with MODSEQ, CHANGEDSINCE and VANISHED (RFC 7162 §3.1.4, §3.2.6). Messages go out one by one, flushed as the client reads. A message that is damaged, or gone, is left out
/// and told at the end; the others are not held back by it.
/// </summary>
internal sealed record FetchCommand(MessageSet Messages, IReadOnlyList<FetchItem> Items, FetchModifiers Modifiers) : ImapCommand
{
    public override bool AllowsExpunge => Messages.IsUid;

    public override bool IsUidForm => Messages.IsUid;

    private bool SetsSeen => Items.Any(static i => i is FetchItem.Section { Peek: false } or FetchItem.Binary { Peek: false });

    public static FetchCommand Parse(CommandScanner scanner, bool uid)
    {
        var messages = MessageSet.Parse(scanner, uid);
        scanner.Space();
        var items = FetchItem.ParseList(scanner);
        if (uid && !items.Exists(static i => i is FetchItem.Uid))
        {
            items.Insert(0, new FetchItem.Uid());   // RFC 3501 §6.4.8
        }

        var modifiers = FetchModifiers.Parse(scanner, uid);
        if (modifiers.ChangedSince is not null && !items.Exists(static i => i is FetchItem.ModSeq))
        {
            items.Add(new FetchItem.ModSeq());
        }

        return new FetchCommand(messages, items, modifiers);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        if (Modifiers.Vanished && !session.Has(Features.QResync))
        {
            return ImapReply.Bad("ENABLE QRESYNC comes first");
        }

        if (Items.Any(static i => i is FetchItem.ModSeq))
        {
            session.EnableCondStore();
        }

        using var patience = new CancellationTokenSource(session.Options.FetchTimeout, session.Clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var positions = Messages.Positions(mailbox);
        positions = Modifiers.Partial?.Of(positions) ?? positions;
        if (Modifiers.ChangedSince is { } since)
        {
            positions.RemoveAll(i => mailbox.Messages[i].ModSeq.Value <= since);
            if (Modifiers.Vanished)
            {
                VanishedEarlier.Write(session, Messages.Set, since);
            }
        }

        if (Items.All(static item => item is FetchItem.Uid or FetchItem.Flags or FetchItem.ModSeq or FetchItem.InternalDate or FetchItem.Size))
        {
            for (var i = 0; i < positions.Count;)
            {
                i = WritePlain(session, positions, i);
                await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
            }

            return ImapReply.Ok("FETCH completed");
        }

        var seen = await MarkSeenAsync(session, mailbox, positions, cancellationToken).ConfigureAwait(false);
        Exception? left = null;
        var gone = 0;
        var withSeen = seen.Count > 0 ? WithSeen(session) : Items;
        var ahead = new AnswersAhead(session.Account, mailbox, positions, Items, position => seen.Contains(position) ? withSeen : Items, waiting.Token);
        await using var _ = ahead.ConfigureAwait(false);
        for (var i = 0; i < positions.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var position = positions[i];
            try
            {
                var answers = await ahead.AtAsync(i).ConfigureAwait(false);
                await WriteAsync(session, position, seen.Contains(position) ? withSeen : Items, answers, cancellationToken).ConfigureAwait(false);
            }
            catch (MailException e) when (e.Error == MailError.MessageNotFound && !session.Output.IsInsideResponse)
            {
                gone++;
            }
            catch (Exception e) when (e is MessageDamagedException or MessageUnavailableException or UnknownEncodingException && !session.Output.IsInsideResponse)
            {
                left = e;
            }
            catch (OperationCanceledException e) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested && !session.Output.IsInsideResponse)
            {
                left = new MessageUnavailableException(mailbox.Messages[position].Id, e);
            }
        }

        // Programs show a NO to the person, who has lost nothing when some of many messages went meanwhile.
        return left is not null ? Failures.Reply(left)
            : gone == 0 ? ImapReply.Ok("FETCH completed")
            : gone < positions.Count ? ImapReply.Ok("Some of the messages have been expunged", "EXPUNGEISSUED")
            : ImapReply.No("The messages no longer exist", "EXPUNGEISSUED");
    }

    /// <summary>Reading a body without PEEK sets \Seen (RFC 3501 §6.4.5); the positions where it was not set before.</summary>
    private async ValueTask<HashSet<int>> MarkSeenAsync(ImapSession session, SelectedMailbox mailbox, List<int> positions, CancellationToken cancellationToken)
    {
        if (!SetsSeen || mailbox.IsReadOnly)
        {
            return [];
        }

        var unseen = positions.FindAll(i => !mailbox.Messages[i].Has(FlagNames.Seen));
        if (unseen.Count == 0)
        {
            return [];
        }

        var uids = unseen.ConvertAll(i => mailbox.Messages[i].Uid);
        var now = await session.Account.ChangeFlagsAsync(mailbox.Id, uids, FlagChange.Add, [FlagNames.Seen], null, cancellationToken).ConfigureAwait(false);
        mailbox.Learn([.. now.Where(message => mailbox.IndexOf(message.Uid) >= 0)]);
        return [.. unseen];
    }

    /// <summary>The items for a message that reading made \Seen: its flags, and for clients that know mod-sequences those, too (RFC 7162 §3.2.4).</summary>
    private List<FetchItem> WithSeen(ImapSession session)
    {
        List<FetchItem> news = session.Has(Features.CondStore) ? [new FetchItem.Uid(), new FetchItem.Flags(), new FetchItem.ModSeq()] : [new FetchItem.Flags()];
        return [.. Items.Concat(news).Distinct()];
    }

    private static async ValueTask WriteAsync(ImapSession session, int position, IReadOnlyList<FetchItem> items, object?[] answers, CancellationToken cancellationToken)
    {
        var (output, message) = (session.Output, session.Mailbox.Messages[position]);
        var writer = output.Writer;
        output.IsInsideResponse = true;
        writer.Raw("* "u8);
        writer.Number(position + 1);
        writer.Raw(" FETCH ("u8);
        for (var i = 0; i < items.Count; i++)
        {
            writer.Raw(i > 0 ? " "u8 : ""u8);
            if (items[i] is FetchItem.Binary binary)
            {
                await WriteBinaryAsync(output, binary, (Octets?)answers[i], cancellationToken).ConfigureAwait(false);
            }
            else if (items[i] is FetchItem.Section section)
            {
                await WriteSectionAsync(output, section, (Octets?)answers[i], cancellationToken).ConfigureAwait(false);
            }
            else
            {
                WriteItem(writer, items[i], answers[i], message, session.Mailbox.IsRecent(message.Uid));
            }
        }

        writer.Raw(")\r\n"u8);
        output.IsInsideResponse = false;
        await output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Messages of which only that is asked for which the session knows by heart, until enough is written to be sent; answers the index of the next. A client's first look at a mailbox is one
    /// long loop in here, over before a compiler that begins with unoptimised code would have a better one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int WritePlain(ImapSession session, List<int> positions, int from)
    {
        var (output, mailbox, writer) = (session.Output, session.Mailbox, session.Output.Writer);
        do
        {
            var message = mailbox.Messages[positions[from]];
            writer.Raw("* "u8);
            writer.Number(positions[from] + 1);
            writer.Raw(" FETCH ("u8);
            for (var i = 0; i < Items.Count; i++)
            {
                writer.Raw(i > 0 ? " "u8 : ""u8);
                WriteItem(writer, Items[i], null, message, mailbox.IsRecent(message.Uid));
            }

            writer.Raw(")\r\n"u8);
            from++;
        }
        while (from < positions.Count && !output.IsFull);
        return from;
    }

    private static void WriteItem(ResponseWriter writer, FetchItem item, object? answer, MessageEntry message, bool isRecent)
    {
        switch (item)
        {
            case FetchItem.Uid:
                writer.Raw("UID "u8);
                writer.Number(message.Uid.Value);
                break;
            case FetchItem.Flags:
                writer.Raw("FLAGS "u8);
                writer.Flags(message.Flags, isRecent);
                break;
            case FetchItem.ModSeq:
                writer.ModSeq(message.ModSeq.Value);
                break;
            case FetchItem.EmailId:
                writer.Raw($"EMAILID ({message.Head})");
                break;
            case FetchItem.ThreadId:
                writer.Raw($"THREADID ({answer})");
                break;
            case FetchItem.SaveDate:
                writer.Raw(message.SaveDate is { } saved ? $"SAVEDATE \"{ImapDate.Write(saved)}\"" : "SAVEDATE NIL");
                break;
            case FetchItem.Preview:
                writer.Raw("PREVIEW "u8);
                writer.String((string)answer!);
                break;
            case FetchItem.BinarySize size:
                writer.Raw("BINARY.SIZE"u8);
                size.Part.Write(writer);
                writer.Raw(" "u8);
                writer.Number(answer is Octets octets ? octets.Length : 0);
                break;
            case FetchItem.InternalDate:
                writer.Raw("INTERNALDATE \""u8);
                writer.Raw(ImapDate.Write(message.InternalDate));
                writer.Raw("\""u8);
                break;
            case FetchItem.Size:
                writer.Raw("RFC822.SIZE "u8);
                writer.Number(message.Size);
                break;
            case FetchItem.Envelope:
                writer.Raw("ENVELOPE "u8);
                EnvelopeWriter.Write(writer, (MessageEnvelope)answer!);
                break;
            case FetchItem.Structure structure:
                writer.Raw(structure.Extensible ? "BODYSTRUCTURE "u8 : "BODY "u8);
                BodyStructureWriter.Write(writer, (MimePartInfo)answer!, structure.Extensible);
                break;
        }
    }

    private static async ValueTask WriteSectionAsync(ImapOutput output, FetchItem.Section section, Octets? octets, CancellationToken cancellationToken)
    {
        var writer = output.Writer;
        if (section.OldName is { } name)
        {
            writer.Raw(name);
        }
        else
        {
            writer.Raw("BODY"u8);
            section.Body.Write(writer);
            if (section.Offset is { } offset)
            {
                writer.Raw("<"u8);
                writer.Number(offset);
                writer.Raw(">"u8);
            }
        }

        writer.Raw(" "u8);
        if (octets is not { } all)
        {
            writer.Nil();
            return;
        }

        writer.LiteralHeader(all.Length);
        await all.WriteAsync(output, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask WriteBinaryAsync(ImapOutput output, FetchItem.Binary item, Octets? octets, CancellationToken cancellationToken)
    {
        var writer = output.Writer;
        writer.Raw("BINARY"u8);
        item.Part.Write(writer);
        writer.Raw(item.Offset is { } offset ? $"<{offset}> " : " ");
        if (octets is not { } all)
        {
            writer.Nil();
            return;
        }

        // Only a literal8 may hold NUL (RFC 3516 §4.2).
        writer.Raw(all.MayHoldNul ? "~"u8 : ""u8);
        writer.LiteralHeader(all.Length);
        await all.WriteAsync(output, cancellationToken).ConfigureAwait(false);
    }
}
