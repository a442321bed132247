"""Makes the static token vectors of bot/engine/vectors from a sentence model: ``make vectors``.

Runs in an environment of its own with torch, sentence-transformers and this project's run
dependencies. Three steps, after Model2Vec and Tokenlearn (Tulkens and van Dongen 2024):

1. every token of the vocabulary goes through the model alone; its output starts its vector;
2. the model embeds a corpus; principal components of the embeddings keep DIMENSIONS numbers;
3. gradient descent moves the vectors so that the mean over a text's tokens points where the model's
   embedding of the text points, and so that texts keep their distances from each other.

The corpus is the text of the coaches, cards, roles and routing examples with cut, joined and
garbled variants, the glosses and examples of WordNet where its folder is given, and other text.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from bot.engine.wordpiece import WordPiece  # noqa: E402

DIMENSIONS = 256
LONGEST = 96
BATCH = 1024
EPOCHS = 5
RATE = 3e-3
PULL_TO_START = 1e-3
DISTANCE_WEIGHT = 5.0
SMOOTHING = 1e-3
OWN_REPEATS = 3
VARIANTS = 4
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def main() -> None:
    """Read the arguments, train, write the three files and print how near they come."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder or name of all-MiniLM-L6-v2")
    parser.add_argument("--wordnet", type=Path, help="folder with WordNet's data.noun, data.verb …")
    parser.add_argument(
        "--text", type=Path, nargs="*", default=[], help="more text, a sentence a line"
    )
    parser.add_argument("--to", type=Path, default=HERE / "bot" / "engine" / "vectors")
    parser.add_argument("--limit", type=int, help="use so many texts only, to try the script")
    options = parser.parse_args()
    torch.manual_seed(0)

    own = own_corpus(HERE / "personas")[: options.limit]
    general = wordnet(options.wordnet) if options.wordnet else []
    for path in options.text:
        general += path.read_text(encoding="utf-8").splitlines()
    general = general[: options.limit]
    model = SentenceTransformer(options.model, device="cpu")
    model.max_seq_length = LONGEST
    tokens, outputs = token_outputs(model)
    pieces = WordPiece({token: index for index, token in enumerate(tokens)}, 10**6)
    texts = [text for text in [*own, *general] if pieces.ids(text)]
    ids = [pieces.ids(text)[:LONGEST] for text in texts]
    print(f"{len(own)} own texts, {len(general)} general ones, {len(tokens)} tokens", flush=True)
    taught = model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False)
    axes = principal_axes(taught)
    targets = taught @ axes
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    start = start_vectors(outputs @ axes, ids)
    in_own = set(own)
    is_own = np.array([text in in_own for text in texts])
    rows = train(start, ids, targets.astype(np.float32), is_own)
    write(options.to, tokens, rows)


def own_corpus(folder: Path) -> list[str]:
    """Sentences of the persona files with variants, shuffled by a fixed seed."""
    chance = random.Random(2)
    found = dict.fromkeys(text for text in _own_texts(folder) if _is_prose(text))
    base = list(found)
    sentences = [part for text in base for part in _SENTENCE_END.split(text) if len(part) > 8]
    words = [word for sentence in sentences for word in sentence.split()]
    corpus = {*base, *sentences}
    for text in base:
        corpus.update(_variant(text, sentences, words, chance) for _ in range(VARIANTS))
    mixed = sorted(corpus)
    chance.shuffle(mixed)
    return mixed


def _own_texts(folder: Path) -> Iterator[str]:
    for kind in ("coaches", "routing", "roles"):
        for path in sorted((folder / kind).glob("*.toml")):
            yield from _strings(tomllib.loads(path.read_text(encoding="utf-8")))
    for path in sorted(folder.glob("playbooks/*/*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("+++", 2)
        yield from _strings(tomllib.loads(front))
        yield from re.split(r"\n\s*\n|^## .*$", body, flags=re.MULTILINE)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(re.sub(r"\{\w+\}", "", value).split())
    elif isinstance(value, dict):
        for entry in value.values():
            yield from _strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)


def _is_prose(text: str) -> bool:
    return len(text) > 8 and not re.match(r"https?:|#\w+$|[a-z_]+$", text)


def _variant(text: str, sentences: list[str], words: list[str], chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.35:
        return _cut(text, chance)
    if kind < 0.6:
        return f"{_cut(text, chance)} {_cut(chance.choice(sentences), chance)}"
    if kind < 0.8:
        swap = (word if chance.random() > 0.2 else chance.choice(words) for word in text.split())
        return " ".join(swap)
    return " ".join(word for word in text.split() if chance.random() > 0.25) or text


def _cut(text: str, chance: random.Random) -> str:
    words = text.split()
    if len(words) < 6:
        return text
    length = chance.randint(4, len(words))
    start = chance.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def wordnet(folder: Path) -> list[str]:
    """Glosses (with their words) and example sentences of WordNet, shuffled by a fixed seed."""
    found: set[str] = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="latin-1").splitlines():
            if line.startswith("  ") or "|" not in line:
                continue
            head, gloss = line.split("|", 1)
            fields = head.split()
            names = [
                re.sub(r"\(.*\)", "", name) for name in fields[4 : 4 + 2 * int(fields[3], 16) : 2]
            ]
            meant = re.split(r';\s*"', gloss)[0].strip()
            found.add(f"{', '.join(names[:3]).replace('_', ' ')}: {meant}")
            found.update(re.findall(r'"([^"]{8,})"', gloss))
    mixed = sorted(found)
    random.Random(1).shuffle(mixed)
    return mixed


def token_outputs(model: SentenceTransformer) -> tuple[list[str], np.ndarray]:
    """The tokens worth keeping and the model's output for each of them alone."""
    tokenizer: Any = model.tokenizer
    encoder: Any = model[0].auto_model
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    tokens = [
        token for token in sorted(vocabulary, key=lambda one: vocabulary[one]) if _is_kept(token)
    ]
    outputs: list[np.ndarray] = []
    with torch.no_grad():
        for first in range(0, len(tokens), 512):
            middle = [vocabulary[token] for token in tokens[first : first + 512]]
            batch = torch.tensor(
                [[tokenizer.cls_token_id, one, tokenizer.sep_token_id] for one in middle]
            )
            hidden = encoder(input_ids=batch, attention_mask=torch.ones_like(batch))
            outputs.append(hidden.last_hidden_state[:, 1].numpy())
    return tokens, np.vstack(outputs)


def _is_kept(token: str) -> bool:
    # Latin letters, punctuation and emoji: the model knows little of other scripts.
    plain = all(
        ord(char) < 0x250 or 0x2000 <= ord(char) < 0x2100 or ord(char) >= 0x1F300 for char in token
    )
    return plain and not re.fullmatch(r"\[\w+\]", token)


def principal_axes(rows: np.ndarray) -> np.ndarray:
    """Shape (features, DIMENSIONS): where the embeddings of texts differ most."""
    sample = rows[::10] if len(rows) > 50_000 else rows
    _, _, axes = np.linalg.svd(sample - rows.mean(axis=0), full_matrices=False)
    return axes[:DIMENSIONS].T


def start_vectors(rows: np.ndarray, ids: list[list[int]]) -> np.ndarray:
    """Centred token outputs, frequent tokens made short (SIF, Arora et al. 2017)."""
    counts = np.bincount(np.concatenate(ids), minlength=len(rows)) + 1
    shares = counts / counts.sum()
    centred = rows - rows.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1).mean()
    return (centred * (SMOOTHING / (SMOOTHING + shares))[:, None]).astype(np.float32)


def train(
    start: np.ndarray, ids: list[list[int]], targets: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Vectors whose means point where the targets point; one text in thirty is held out."""
    chance = np.random.default_rng(0)
    order = chance.permutation(len(ids))
    held, rest = order[: len(ids) // 30], order[len(ids) // 30 :]
    rest = np.concatenate([rest, *[rest[own[rest]]] * (OWN_REPEATS - 1)])
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(start), freeze=False, mode="sum")
    anchor, aims = torch.tensor(start), torch.tensor(targets)
    optimiser = torch.optim.Adam(bag.parameters(), lr=RATE)
    steps, step = max(1, len(rest) // BATCH) * EPOCHS, 0
    for epoch in range(EPOCHS):
        shuffled = chance.permutation(rest)
        for first in range(0, len(shuffled) - min(BATCH, len(shuffled)) + 1, BATCH):
            batch = shuffled[first : first + BATCH]
            made = _means(bag, ids, batch)
            used = torch.tensor(np.unique(np.concatenate([ids[text] for text in batch])))
            loss = 1 - (made * aims[batch]).sum(1).mean()
            near, aim = made[:256], aims[batch][:256]
            loss = loss + DISTANCE_WEIGHT * ((near @ near.T - aim @ aim.T) ** 2).mean()
            loss = loss + PULL_TO_START * ((bag.weight[used] - anchor[used]) ** 2).sum(1).mean()
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 - step / steps)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
        with torch.no_grad():
            cosine = float((_means(bag, ids, held) * aims[held]).sum(1).mean())
        print(
            f"epoch {epoch + 1}: cosine with the model on held-out texts {cosine:.3f}", flush=True
        )
    return bag.weight.detach().numpy()


def _means(bag: torch.nn.EmbeddingBag, ids: list[list[int]], texts: np.ndarray) -> torch.Tensor:
    lists = [ids[text] for text in texts]
    starts = np.cumsum([0, *[len(one) for one in lists[:-1]]])
    sums = bag(torch.tensor(np.concatenate(lists)), torch.tensor(starts))
    return torch.nn.functional.normalize(sums, dim=1)


def write(folder: Path, tokens: list[str], rows: np.ndarray) -> None:
    """Write tokens, rows as int8 and the scale of each row."""
    folder.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-12) / 127
    (folder / "tokens.txt").write_text("\n".join(tokens), encoding="utf-8")
    np.save(folder / "rows.npy", np.rint(rows / scales[:, None]).astype(np.int8))
    np.save(folder / "scales.npy", scales.astype(np.float32))
    print(f"wrote {folder}")


if __name__ == "__main__":
    main()
