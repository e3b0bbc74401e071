/* Search of one handbook. In: window.clausebookIndex (assets/handbook/index.js) and the forms on the
   page. Out: window.clausebookSearch(query) and results under each form. It fetches nothing: the
   index and two libraries are plain scripts beside this one, added when somebody starts to search. */
(function () {
  'use strict'

  // Words that carry no meaning in a question.
  var STOP = words(
    'a about after again all also am an and any anybody anyone anything are as at be because been ' +
    'before being between both but by can cannot cant could did do does doing done dont during each ' +
    'either else even ever every for from get gets getting go goes going gone got had has have ' +
    'having he her here him his how however i if im in into is isnt it its ive just let lets like ' +
    'many may me might mine more most much must my myself need needed needs never no not now of ' +
    'off ok okay on one only or other our ours out over own please really same shall she should so ' +
    'some somebody someone something still such sure than that thats the their them then there ' +
    'these they thing things this those through to too under until up upon us very want wanted ' +
    'wants was way we were what whats when where whether which while who whom whos whose why will ' +
    'with without would yes yet you your yours yourself')

  // Words that help to choose between rules, but that a rule need not contain to be the answer.
  var SOFT = words(
    'accept acceptable add added allow allowed allowing answer ask asked asking bad bring buy ' +
    'called carry check come day deal do employee employer find found give given giving good ' +
    'guidance guide handbook handle happen happens have help hold job keep keeping kept know look ' +
    'made make making mean means member new okay old online open people permit permitted person policies ' +
    'policy problem put question read right rule rules said say school schools academy trust ' +
    'council see seen send sending sent set show speak staff start stop take taken taking talk ' +
    'talking teach teacher teachers tell telling think time times today told took try use used ' +
    'using work working worried write')

  var WHOM = /\bwho(m|se|s|'s|’s)?\b.*\b(tell|ask|report|contact|speak|talk|inform|call|phone|ring|email|notify|turn|go to|help|see|charge|responsible|deals?|manager|lead|leads|is|are|complain)\b/i
  var IT = /\b(head of |the )it\b|\bit (?=support|lead|manager|team|technician|department|help|rules|policy|systems?|problem|equipment|services?)/gi
  // "The head's phone number" is a question about the head.
  var REACH = words('contact detail phone number email telephon address name extens')
  var BOOST = { title: 2.5, questions: 2, summary: 1.5, text: 1, ask: 0.6, named: 0.3 }
  var FIELDS = Object.keys(BOOST)
  var OTHER_WORD = 0.6
  var LEADS = 0.3
  var MOST = 20
  var LONGEST = 300

  function words(text) {
    return new Set(text.split(' '))
  }

  // -------------------------------------------------------------------------- words of a text

  var stems = new Map()

  function stem(word) {
    var known = stems.get(word)
    if (known === undefined) {
      // The stemmer would make one word of informing somebody and of information.
      known = word === 'information' ? word : window.clausebookStem(word)
      stems.set(word, known)
    }
    return known
  }

  var readings = new Map()

  /* A word as it was written: without capitals, accents and possessives; its stem; is it STOP? */
  function read(raw) {
    var known = readings.get(raw)
    if (!known) {
      var word = raw === 'IT' ? 'ict' : raw.toLowerCase().normalize('NFD')
        .replace(/[\u0300-\u036f]/g, '').replace(/['’]s$/, '').replace(/['’]/g, '')
      known = { word: word, stem: stem(word), stop: STOP.has(word) }
      readings.set(raw, known)
    }
    return known
  }

  /* The words of a text with their places. `all` keeps the words that carry no meaning. */
  function tokens(text, all) {
    var found = []
    var apart = false
    // A word; or else what keeps words on its two sides from standing together.
    var each = /([\p{L}\p{N}]+(?:['’]\p{L}+)*)|[.:;!?•|\n]/gu
    var match
    while ((match = each.exec(text))) {
      if (!match[1]) {
        apart = true
        continue
      }
      var one = read(match[1])
      if (one.stop && !all) continue
      found.push({
        word: one.word, stem: one.stem, start: match.index, end: each.lastIndex, apart: apart
      })
      apart = false
    }
    return found
  }

  /* Where the phrases of a table stand in a row of words: calls `take(entry, from)`. */
  function phrases(table, row, take) {
    for (var at = 0; at < row.length; at++) {
      var entries = table.get(row[at].stem)
      if (!entries) continue
      for (var n = 0; n < entries.length; n++) {
        var seq = entries[n].seq
        var same = 1
        while (same < seq.length && at + same < row.length && !row[at + same].apart &&
          row[at + same].stem === seq[same]) same++
        if (same === seq.length) take(entries[n], at)
      }
    }
  }

  function enter(table, phrase, token) {
    var whole = tokens(phrase, true)
    var seq = tokens(phrase).map(function (one) { return one.stem })
    // What is left of "my own child" is not "child".
    if (!seq.length || (seq.length === 1 && whole.length > 1)) return
    var entries = table.get(seq[0]) || []
    entries.push({ seq: seq, token: token })
    table.set(seq[0], entries)
  }

  // -------------------------------------------------------------------------- the index

  var built = null

  function build() {
    var data = window.clausebookIndex
    var says = new Map()
    var asks = new Map()
    var tables = { says: says, asks: asks }
    var groups = {}
    data.same.forEach(function (group, n) {
      groups['=' + n] = group
      group.forEach(function (phrase) {
        enter(says, phrase, '=' + n)
        enter(asks, phrase, '=' + n)
      })
    })
    data.means.forEach(function (group, n) {
      groups['>' + n] = [group[0]]
      enter(says, group[0], '>' + n)
      group.forEach(function (phrase) { enter(asks, phrase, '>' + n) })
    })

    var surfaces = new Map()

    function analyse(text) {
      var row = tokens(text)
      var out = row.map(function (one) {
        surfaces.set(one.word, (surfaces.get(one.word) || 0) + 1)
        return one.stem
      })
      phrases(says, row, function (entry) { out.push(entry.token) })
      return out
    }

    var mini = new window.MiniSearch({
      idField: 'n',
      fields: FIELDS,
      tokenize: analyse,
      processTerm: function (term) { return term },
      searchOptions: {
        tokenize: function (text) { return text.split(' ') },
        processTerm: function (term) { return term },
        boost: BOOST
      }
    })
    var docs = data.clauses.map(function (row, n) {
      return {
        n: n, policy: row[0], section: row[1], id: row[2], number: row[3], title: row[4],
        text: row[5], summary: row[6], asked: row[7], role: row[8],
        named: row[9]
      }
    })
    mini.addAll(docs.map(function (doc) {
      return {
        n: doc.n, title: doc.title, questions: doc.asked.join(' \n '), summary: doc.summary,
        text: without(doc.text, doc.named), ask: doc.role < 0 ? '' : data.roles[doc.role][1],
        named: doc.named.join(' \n ')
      }
    }))
    var vocabulary = new Set()
    surfaces.forEach(function (_, word) { vocabulary.add(stem(word)) })
    var known = new Set(vocabulary)
    Array.from(asks.values()).forEach(function (entries) {
      entries.forEach(function (entry) { entry.seq.forEach(function (one) { known.add(one) }) })
    })
    // What somebody may have meant to type: also words that only lead to those of the rules.
    data.same.concat(data.means).forEach(function (group) {
      group.forEach(function (phrase) {
        tokens(phrase).forEach(function (one) {
          if (!surfaces.has(one.word)) surfaces.set(one.word, 0)
        })
      })
    })
    built = {
      data: data, docs: docs, mini: mini, asks: asks, says: says, groups: groups,
      surfaces: surfaces, vocabulary: vocabulary, known: known,
      policies: data.policies.map(function (row) { return setOf(row[1], tables) }),
      subjects: data.policies.map(function (row) { return setOf(row[1] + ' . ' + row[2], tables) }),
      sections: data.sections.map(function (title) { return setOf(title, tables) }),
      roles: data.roles.map(function (row) { return setOf(row[1] + ' . ' + row[2], tables) }),
      titles: data.roles.map(function (row) { return wholeOf(row[1], says) })
    }
    return built
  }

  /* What all of a title stands for: "head of IT" is not also "head". */
  function wholeOf(title, says) {
    var row = tokens(title)
    var out = new Set(row.length === 1 ? [row[0].stem] : [])
    phrases(says, row, function (entry) { if (entry.seq.length === row.length) out.add(entry.token) })
    return out
  }

  function without(text, parts) {
    return parts.reduce(function (left, part) { return left.split(part).join(' ') }, text)
  }

  function setOf(text, tables) {
    var row = tokens(text)
    var out = new Set(row.map(function (one) { return one.stem }))
    var inside = new Set()
    phrases(tables.says, row, function (entry) { out.add(entry.token) })
    phrases(tables.asks, row, function (entry, at) {
      for (var n = 1; n < entry.seq.length; n++) inside.add(at + n)
    })
    // How many things it is about: "social media" is one.
    out.about = row.filter(function (one, n) { return !SOFT.has(one.word) && !inside.has(n) }).length
    return out
  }

  // -------------------------------------------------------------------------- spelling

  /* The number of slips between two words, as far as they look like slips: letters swapped, left
     out, doubled or added, and one vowel for another. Another consonant makes another word. */
  function slips(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1
    var vowel = /[aeiouy]/
    var before = []
    var row = []
    for (var j = 0; j <= b.length; j++) row.push(j)
    for (var i = 1; i <= a.length; i++) {
      var next = [i]
      var least = i
      for (j = 1; j <= b.length; j++) {
        var x = a[i - 1]
        var y = b[j - 1]
        var swap = x === y ? 0 : vowel.test(x) && vowel.test(y) ? 1 : 2
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + swap)
        if (i > 1 && j > 1 && x === b[j - 2] && a[i - 2] === y) next[j] = Math.min(next[j], before[j - 2] + 1)
        least = Math.min(least, next[j])
      }
      if (least > most) return most + 1
      before = row
      row = next
    }
    return row[b.length]
  }

  function corrected(index, word) {
    if (word.length < 5 || /\d/.test(word)) return null
    var most = word.length >= 9 ? 2 : 1
    var best = null
    var distance = most + 1
    var times = -1
    index.surfaces.forEach(function (count, other) {
      if (other[0] !== word[0] || other.length < 4) return
      var found = slips(word, other, most)
      // An ending more or less is another form of a word, which the stemmer judged already.
      if (found && other.length !== word.length && (other.startsWith(word) || word.startsWith(other))) return
      if (found < distance || (found === distance && found <= most && count > times)) {
        distance = found
        times = count
        best = other
      }
    })
    return distance <= most ? best : null
  }

  // -------------------------------------------------------------------------- the question

  function joined(index, row) {
    var out = []
    for (var n = 0; n < row.length; n++) {
      var next = row[n + 1]
      var both = next && row[n].word + next.word
      if (both && both.length > 6 && index.surfaces.has(both) && next.start - row[n].end === 1) {
        out.push({ word: both, stem: stem(both), start: row[n].start, end: next.end })
        n++
      } else out.push(row[n])
    }
    return out
  }

  /* The question as units: a word, or words that stand for one thing, and the tokens that match. */
  function units(index, query, typing) {
    var asked = query.replace(IT, function (found) { return found.replace(/it/i, 'IT') })
    var row = joined(index, tokens(asked, true)).filter(function (one) { return !STOP.has(one.word) })
    var spelt = []
    row.forEach(function (one, n) {
      one.soft = SOFT.has(one.word)
      one.more = []
      if (one.soft || index.known.has(one.stem)) return
      if (typing && n === row.length - 1 && one.word.length > 2 && /[\p{L}\p{N}]$/u.test(query)) {
        index.vocabulary.forEach(function (other) {
          if (one.more.length < 12 && other.startsWith(one.word)) one.more.push(other)
        })
        if (one.more.length) return
      }
      var meant = corrected(index, one.word)
      if (meant) {
        spelt.push({ typed: one.word, meant: meant })
        one.word = meant
        one.stem = stem(meant)
        one.soft = SOFT.has(meant)
      }
    })
    var starts = []
    phrases(index.asks, row, function (entry, at) { (starts[at] = starts[at] || []).push(entry) })
    var out = []
    for (var at = 0; at < row.length;) {
      var entries = starts[at] || []
      var length = entries.reduce(function (most, one) { return Math.max(most, one.seq.length) }, 1)
      var unit = { parts: [], others: [], soft: false }
      entries.forEach(function (one) {
        if (one.seq.length === length && unit.others.indexOf(one.token) < 0) unit.others.push(one.token)
      })
      for (var k = at; k < at + length; k++) {
        var part = { stems: [row[k].stem].concat(row[k].more), others: [] }
        ;(starts[k] || []).forEach(function (one) {
          if (one.seq.length === 1) part.others.push(one.token)
        })
        unit.parts.push(part)
      }
      unit.soft = length === 1 && row[at].soft
      unit.words = row.slice(at, at + length).map(function (one) { return one.word }).join(' ')
      out.push(unit)
      at += length
    }
    return { units: out, spelt: spelt }
  }

  /* One word, or one unit's tokens: score and fields by clause. */
  function found(index, direct, others) {
    var all = direct.concat(others)
    var out = new Map()
    if (!all.length) return out
    index.mini.search(all.join(' '), {
      combineWith: 'OR',
      boostTerm: function (term) { return direct.indexOf(term) >= 0 ? 1 : term[0] === '=' ? OTHER_WORD : LEADS }
    }).forEach(function (hit) {
      var fields = {}
      Object.keys(hit.match).forEach(function (term) {
        hit.match[term].forEach(function (field) { fields[field] = true })
      })
      out.set(hit.id, { score: hit.score, fields: fields })
    })
    return out
  }

  function matches(index, unit) {
    if (unit.parts.length === 1) {
      return found(index, unit.parts[0].stems, unit.others)
    }
    var out = found(index, [], unit.others)
    var each = unit.parts.map(function (part) { return found(index, part.stems, part.others) })
    each[0].forEach(function (hit, n) {
      if (out.has(n)) return
      var rest = each.map(function (one) { return one.get(n) })
      if (rest.every(Boolean) && inOrder(index, index.docs[n], unit)) {
        out.set(n, {
          score: rest.reduce(function (sum, one) { return sum + one.score }, 0) / rest.length,
          fields: hit.fields
        })
      }
    })
    return out
  }

  /* Words that stand for one thing have to stand together: "pupils of former schools" are not
     former pupils. */
  function inOrder(index, doc, unit) {
    return [doc.title, doc.summary, without(doc.text, doc.named)].concat(doc.named, doc.asked).some(function (text) {
      var row = tokens(text).filter(function (one) { return !SOFT.has(one.word) })
      for (var at = 0; at + unit.parts.length <= row.length; at++) {
        if (unit.parts.every(function (part, k) {
          return (!k || !row[at + k].apart) && fits(index, part, row[at + k])
        })) return true
      }
      return false
    })
  }

  function fits(index, part, one) {
    if (part.stems.indexOf(one.stem) >= 0) return true
    var entries = index.says.get(one.stem) || []
    return entries.some(function (entry) {
      return entry.seq.length === 1 && part.others.indexOf(entry.token) >= 0
    })
  }

  function holds(set, unit) {
    return unit.others.some(function (token) { return set.has(token) }) ||
      unit.parts.every(function (part) {
        return part.stems.concat(part.others).some(function (token) { return set.has(token) })
      })
  }

  function count(set, list) {
    return list.filter(function (unit) { return holds(set, unit) }).length
  }

  /* How far a question a rule answers is the question that was asked: 0 to 1. */
  function likeness(index, doc, hard, soft) {
    doc.sets = setsOf(index, doc)
    if (!doc.heading) doc.heading = setOf(doc.title, index)
    var best = 0
    doc.sets.forEach(function (set) {
      var same = count(set, hard)
      if (!same) return
      best = Math.max(best, 2 * same / (hard.length + Math.max(set.about, 1)) + 0.05 * count(set, soft))
    })
    var inTitle = count(doc.heading, hard)
    return best + 0.4 * (2 * inTitle / (hard.length + Math.max(doc.heading.about, 1)))
  }

  /* A word that stands in nothing but a question answers only somebody who asks much the same. */
  function onlyAsked(index, doc, unit, hard) {
    doc.sets = setsOf(index, doc)
    return !doc.sets.some(function (set) {
      return holds(set, unit) && count(set, hard) >= set.about / 2
    })
  }

  /* The sentences of a rule; a list item together with what leads up to the list. */
  function passages(index, doc) {
    if (!doc.passages) {
      var lead = ''
      var parts = []
      without(doc.text, doc.named).split(/[.!?](?: |$)/).forEach(function (sentence) {
        var items = sentence.split('•')
        if (items.length > 1) lead = items.shift()
        else parts.push(sentence)
        if (items.length && items[0] !== sentence) items.forEach(function (item) { parts.push(lead + ' ' + item) })
      })
      parts.push(doc.title, doc.summary)
      doc.passages = parts.filter(Boolean).map(function (text) { return setOf(text, index) })
      doc.around = setOf([doc.title, doc.summary].concat(doc.named).join(' . ') +
        (doc.role < 0 ? '' : ' . ' + index.data.roles[doc.role][1]), index)
      doc.sets = setsOf(index, doc)
    }
    return doc.passages
  }

  function setsOf(index, doc) {
    return doc.sets || doc.asked.map(function (text) { return setOf(text, index) })
  }

  /* Words far apart in a long rule are about different things. */
  function together(index, doc, hard) {
    var context = index.policies[doc.policy]
    function meets(sets) {
      return hard.every(function (unit) {
        return sets.some(function (set) { return holds(set, unit) })
      })
    }
    var said = passages(index, doc).filter(function (passage) { return count(passage, hard) })
    return said.some(function (passage) { return meets([passage, context, doc.around].concat(doc.sets)) }) ||
      doc.sets.some(function (set) { return meets([set, context, doc.around]) })
  }

  /* A rule that sends its reader to another policy says what that policy is about, and no more. */
  function onlyNamed(index, doc, hard) {
    return !doc.named.some(function (title) { return count(setOf(title, index), hard) === hard.length })
  }

  // -------------------------------------------------------------------------- answers

  function search(query, options) {
    var index = built || build()
    query = String(query).slice(0, LONGEST)
    var typing = Boolean(options && options.typing)
    var data = index.data
    var asked = units(index, query, typing)
    var hard = asked.units.filter(function (unit) { return !unit.soft })
    var soft = asked.units.filter(function (unit) { return unit.soft })
    var whom = WHOM.test(query)
    var result = {
      answers: [], weaker: [], roles: [], policies: [], suggestions: [], spelt: asked.spelt,
      ask: data.ask < 0 ? null : role(data, data.ask), empty: false
    }
    if (!hard.length && whom) return anybody(index, result, asked.units)
    if (!asked.units.length) {
      result.empty = true
      return result
    }
    if (!hard.length) {
      hard = soft
      soft = []
    }
    var hits = hard.map(function (unit) { return matches(index, unit) })
    var helps = soft.map(function (unit) { return matches(index, unit) })
    var size = index.docs.length
    var weights = hits.map(function (hit) { return Math.log(1 + size / Math.max(hit.size, 0.5)) })
    // A word that stands nowhere here takes nothing from the rules that mention the others.
    var whole = weights.reduce(function (sum, one, n) { return hits[n].size ? sum + one : sum }, 0)
    var scores = new Map()
    hits.forEach(function (hit, n) {
      hit.forEach(function (one, id) {
        var entry = scores.get(id) || { id: id, score: 0, weight: 0, full: 0 }
        entry.score += one.score
        entry.weight += weights[n]
        entry.full++
        scores.set(id, entry)
      })
    })
    var answers = []
    var weaker = []
    scores.forEach(function (entry) {
      var doc = index.docs[entry.id]
      var missing = hits.filter(function (hit) { return !hit.has(entry.id) })
      // The title of its policy says what all of a rule is about.
      var context = missing.length && hard.every(function (unit, n) {
        return hits[n].has(entry.id) || holds(index.policies[doc.policy], unit)
      })
      var complete = (!missing.length || context) && !hard.some(function (unit, n) {
        var hit = hits[n].get(entry.id)
        var where = hit ? Object.keys(hit.fields).join() : ''
        return (where === 'questions' && onlyAsked(index, doc, unit, hard)) ||
          (where === 'named' && onlyNamed(index, doc, hard))
      })
      if (complete && hard.length > 1) complete = together(index, doc, hard)
      // "When is the policy reviewed?" is not answered by anything else that is reviewed.
      if (complete && hard.length === 1 && soft.length) {
        complete = Object.keys(hits[0].get(entry.id).fields).join() !== 'text' ||
          helps.some(function (hit) { return hit.has(entry.id) })
      }
      if (complete) answers.push(entry)
      else if (entry.weight >= 0.5 * whole) weaker.push(entry)
    })
    rank(index, answers, hard, soft, helps, whom)
    var top = answers.length ? answers[0].score : 0
    answers = answers.filter(function (one) { return one.score >= 0.3 * top }).slice(0, MOST)
    var mark = marker(index, hard)
    result.answers = answers.map(function (one) { return clause(index, one.id, mark) })
    var named = namedRoles(index, hard)
    data.roles.forEach(function (_, n) {
      var sent = whom && answers.slice(0, 3).some(function (one) { return index.docs[one.id].role === n })
      if (sent || named.indexOf(n) >= 0) result.roles.push(role(data, n))
    })
    data.policies.forEach(function (row, n) {
      if (hard.every(function (unit) { return holds(index.subjects[n], unit) })) {
        var title = index.policies[n]
        result.policies.push({
          kind: 'policy', id: row[0], title: row[1], href: row[0] + '.html',
          named: title.about <= hard.length && count(title, hard) === hard.length
        })
      }
    })
    if (!answers.length) {
      rank(index, weaker, hard, soft, helps, whom)
      result.weaker = weaker.slice(0, 5).map(function (one) { return clause(index, one.id, mark) })
      if (!(options && options.plain)) result.suggestions = suggestions(index, hard)
    }
    return result
  }

  function rank(index, entries, hard, soft, helps, whom) {
    var most = entries.reduce(function (top, one) { return Math.max(top, one.score) }, 0) || 1
    entries.forEach(function (one) {
      var doc = index.docs[one.id]
      one.score = one.score / most + 1.2 * likeness(index, doc, hard, soft)
      helps.forEach(function (hit) { if (hit.has(one.id)) one.score += 0.04 })
      one.score += 0.1 * count(index.subjects[doc.policy], hard) / hard.length
      one.score += 0.1 * count(index.sections[doc.section], hard) / hard.length
      if (whom) {
        if (doc.role >= 0) one.score += 0.3
        if (doc.asked.some(function (text) { return WHOM.test(text) })) one.score += 0.3
      }
    })
    entries.sort(function (a, b) { return b.score - a.score || a.id - b.id })
  }

  /* "Who do I tell?" and no more: the roles, and the rules that send somebody to one. */
  function anybody(index, result, list) {
    var data = index.data
    var about = data.roles.filter(function (row) { return row[2] })
    data.roles.forEach(function (row, n) {
      if (row[2] || !about.length) result.roles.push(role(data, n))
    })
    var entries = []
    index.docs.forEach(function (doc) {
      var score = doc.role >= 0 ? 0.5 : 0
      doc.asked.forEach(function (text) {
        if (!/^who\b/i.test(text) || !WHOM.test(text)) return
        score = Math.max(score, (doc.role >= 0 ? 1.5 : 1) + 0.3 * count(setOf(text, index), list))
      })
      if (score) entries.push({ id: doc.n, score: score })
    })
    entries.sort(function (a, b) { return b.score - a.score || a.id - b.id })
    var mark = marker(index, list)
    result.answers = entries.slice(0, 10).map(function (one) { return clause(index, one.id, mark) })
    return result
  }

  /* Defined terms near to what was typed, which do find something. */
  function suggestions(index, hard) {
    var out = []
    index.data.terms.forEach(function (term) {
      if (out.length > 4) return
      var set = setOf(term, index)
      var near = hard.some(function (unit) {
        return unit.others.some(function (token) { return set.has(token) }) ||
          unit.parts.some(function (part) {
            return part.stems.concat(part.others).some(function (token) { return set.has(token) })
          })
      })
      if (near && search(term, { plain: true }).answers.length) out.push(term)
    })
    return out
  }

  /* The roles a question names; "the head" is not the head of IT, where there is a head. */
  function namedRoles(index, hard) {
    var wanted = hard.filter(function (unit) { return !REACH.has(unit.parts[0].stems[0]) })
    if (!wanted.length) return []
    var named = []
    index.roles.forEach(function (set, n) { if (count(set, wanted) === wanted.length) named.push(n) })
    var exactly = named.filter(function (n) { return count(index.titles[n], wanted) === wanted.length })
    return exactly.length ? exactly : named
  }

  function role(data, n) {
    var row = data.roles[n]
    return { kind: 'role', id: row[0], title: row[1], about: row[2], parts: row[3], href: 'contacts.html#role.' + row[0] }
  }

  function clause(index, n, mark) {
    var doc = index.docs[n]
    var policy = index.data.policies[doc.policy]
    return {
      kind: 'clause', id: policy[0] + '/' + doc.id, number: doc.number, title: doc.title,
      policy: policy[1], section: index.data.sections[doc.section],
      href: policy[0] + '.html#' + doc.id, named: mark(doc.title), extract: extract(doc.text, mark)
    }
  }

  // -------------------------------------------------------------------------- marking

  /* Cuts a text into pieces, [words, whether they match]. */
  function marker(index, list) {
    var table = new Map()
    list.forEach(function (unit) {
      unit.parts.forEach(function (part) {
        part.stems.forEach(function (one) { table.set(one, (table.get(one) || []).concat({ seq: [one] })) })
      })
      unit.others.concat.apply(unit.others, unit.parts.map(function (part) { return part.others }))
        .forEach(function (token) {
          index.groups[token].forEach(function (phrase) { enter(table, phrase, token) })
        })
    })
    return function (text) {
      var row = tokens(text)
      var spans = []
      phrases(table, row, function (entry, at) {
        spans.push([row[at].start, row[at + entry.seq.length - 1].end])
      })
      spans.sort(function (a, b) { return a[0] - b[0] || b[1] - a[1] })
      var pieces = []
      var done = 0
      spans.forEach(function (span) {
        if (span[0] < done) return
        if (span[0] > done) pieces.push([text.slice(done, span[0]), false])
        pieces.push([text.slice(span[0], span[1]), true])
        done = span[1]
      })
      if (done < text.length) pieces.push([text.slice(done), false])
      return pieces
    }
  }

  var LONG = 260

  /* The part of a text in which most words match, from the start of a sentence. */
  function extract(text, mark) {
    if (text.length <= LONG) return mark(text)
    var starts = [0]
    var ends = /[.:!?•] /g
    var match
    while ((match = ends.exec(text))) starts.push(match.index + 2)
    var best = 0
    var most = -1
    starts.forEach(function (start) {
      var seen = {}
      mark(text.slice(start, start + LONG)).forEach(function (piece) {
        if (piece[1]) seen[stem(piece[0].toLowerCase())] = true
      })
      var n = Object.keys(seen).length
      if (n > most) {
        most = n
        best = start
      }
    })
    var cut = text.slice(best, best + LONG)
    if (best + LONG < text.length) cut = cut.slice(0, Math.max(cut.lastIndexOf(' '), 1)).replace(/[\s,;:•]+$/, '') + ' …'
    return mark((best ? '… ' : '') + cut)
  }

  window.clausebookSearch = search

  // -------------------------------------------------------------------------- the page

  if (typeof document === 'undefined') return

  var loading = null

  function script(address) {
    return new Promise(function (done, failed) {
      var element = document.createElement('script')
      element.src = address
      element.onload = done
      element.onerror = failed
      document.head.appendChild(element)
    })
  }

  /* The index and its two libraries, once, when somebody starts to search. */
  function ready(base) {
    if (!loading) {
      var folder = base + 'assets/handbook/'
      var parts = []
      if (!window.MiniSearch) parts.push(script(folder + 'vendor/minisearch.js'))
      if (!window.clausebookStem) parts.push(script(folder + 'vendor/stemmer.js'))
      if (!window.clausebookIndex) parts.push(script(folder + 'index.js'))
      loading = Promise.all(parts).then(function () { if (!built) build() })
    }
    return loading
  }

  function make(tag, name, text) {
    var element = document.createElement(tag)
    if (name) element.className = name
    if (text) element.textContent = text
    return element
  }

  function marked(pieces, into) {
    pieces.forEach(function (piece) {
      into.appendChild(piece[1] ? make('mark', '', piece[0]) : document.createTextNode(piece[0]))
    })
    return into
  }

  function link(href, name, text) {
    var element = make('a', name, text)
    element.href = href
    return element
  }

  function clauseItem(one, base) {
    var item = make('li', 'cb-search__item')
    var lead = link(base + one.href, 'cb-search__link')
    lead.appendChild(make('span', 'cb-search__number', one.number))
    lead.appendChild(document.createTextNode(' '))
    lead.appendChild(marked(one.named, make('span')))
    item.appendChild(lead)
    item.appendChild(make('p', 'cb-search__where', one.policy + ' › ' + one.section))
    item.appendChild(marked(one.extract, make('p', 'cb-search__extract')))
    return item
  }

  function roleItem(one, base) {
    var item = make('li', 'cb-search__item')
    item.appendChild(link(base + one.href, 'cb-search__link', one.title))
    var facts = (one.about ? [one.about + '.'] : []).concat(one.parts.length ? [one.parts.join(', ')] : [])
    if (facts.length) item.appendChild(make('p', 'cb-search__extract', facts.join(' ')))
    return item
  }

  function policyItem(one, base) {
    var item = make('li', 'cb-search__item')
    item.appendChild(link(base + one.href, 'cb-search__link', one.title))
    item.appendChild(make('p', 'cb-search__where', 'The whole policy'))
    return item
  }

  function block(into, heading, items, small) {
    if (!items.length) return
    if (heading) into.appendChild(make(small ? 'p' : 'h2', 'cb-search__heading', heading))
    var list = make('ul', 'cb-search__list')
    items.forEach(function (item) { list.appendChild(item) })
    into.appendChild(list)
  }

  function counted(n, one, many) {
    return n + ' ' + (n === 1 ? one : many)
  }

  function statusOf(result) {
    if (result.empty) return ''
    var said = []
    if (result.answers.length) said.push(counted(result.answers.length, 'rule', 'rules') + ' found')
    var named = result.policies.filter(function (one) { return one.named }).length
    if (named) said.push(counted(named, 'policy', 'policies') + ' found')
    if (result.roles.length) said.push(counted(result.roles.length, 'role', 'roles') + ' to tell')
    if (!said.length) return 'Nothing in this handbook answers that.'
    return said.join(', ') + '.'
  }

  function show(box, status, result, base, small) {
    box.textContent = ''
    status.textContent = statusOf(result)
    box.hidden = result.empty
    if (result.empty) return
    if (result.spelt.length) {
      box.appendChild(make('p', 'cb-search__note', result.spelt.map(function (one) {
        return 'Read “' + one.typed + '” as “' + one.meant + '”.'
      }).join(' ')))
    }
    function clauseOf(one) { return clauseItem(one, base) }
    block(box, 'Whom to tell', result.roles.map(function (one) { return roleItem(one, base) }), small)
    // Somebody who types the title of a policy wants the policy.
    var named = result.policies.filter(function (one) { return one.named })
    var others = result.policies.filter(function (one) { return !one.named })
    block(box, 'Policies', named.map(function (one) { return policyItem(one, base) }), small)
    block(box, result.roles.length || named.length ? 'Rules' : '', result.answers.map(clauseOf), small)
    block(box, named.length ? '' : 'Policies', others.map(function (one) { return policyItem(one, base) }), small)
    if (result.answers.length || result.roles.length || named.length) return
    var ask = make('p', 'cb-search__ask')
    ask.appendChild(document.createTextNode(result.ask ? 'Not sure? Ask the ' : 'Not sure? Ask your manager, or see '))
    if (result.ask) {
      var title = result.ask.title
      var plain = /^[A-Z]{2}/.test(title) ? title : title[0].toLowerCase() + title.slice(1)
      ask.appendChild(link(base + result.ask.href, '', plain))
      if (result.ask.parts.length) ask.appendChild(document.createTextNode(': ' + result.ask.parts.join(', ')))
    } else ask.appendChild(link(base + 'contacts.html', '', 'whom to tell'))
    ask.appendChild(document.createTextNode('.'))
    box.appendChild(ask)
    if (result.suggestions.length) {
      var near = make('p', 'cb-search__near', 'You could search for: ')
      result.suggestions.forEach(function (term, n) {
        if (n) near.appendChild(document.createTextNode(', '))
        near.appendChild(link(base + 'search.html?q=' + encodeURIComponent(term), '', term))
      })
      near.appendChild(document.createTextNode('.'))
      box.appendChild(near)
    }
    block(box, 'These mention some of your words', result.weaker.map(clauseOf), small)
  }

  function shown(element) {
    return element.getClientRects().length > 0
  }

  function start(form) {
    var base = form.getAttribute('data-base') || ''
    var field = form.querySelector('input[type=search]')
    var holder = form.parentNode
    var box = holder.querySelector('.cb-search__results')
    var status = holder.querySelector('.cb-search__status')
    var small = holder.classList.contains('cb-searching--header')
    var here = form.hasAttribute('data-here')
    var soon = null
    var later = null
    var last = ''

    function answer(typing) {
      var query = field.value.trim()
      if (!query) return close()
      ready(base).then(function () {
        // Nor while somebody is on one of the results, which would go from under them.
        if (field.value.trim() !== query || box.contains(document.activeElement)) return
        last = query
        show(box, status, search(field.value, { typing: typing }), base, small)
      }, function () {
        status.textContent = 'Search could not start. The list of policies is on the first page.'
      })
    }

    function close() {
      last = ''
      box.textContent = ''
      box.hidden = true
      status.textContent = ''
    }

    function keep() {
      if (!here) return
      var query = field.value.trim()
      // Some browsers refuse this in a folder: then the address stays as it was.
      try {
        history.replaceState(null, '', query ? '?q=' + encodeURIComponent(query) : location.pathname)
      } catch (refused) { return }
    }

    field.addEventListener('focus', function () {
      ready(base).catch(function () {})
      if (small && field.value.trim() && box.hidden) answer(false)
    })
    field.addEventListener('input', function () {
      clearTimeout(soon)
      clearTimeout(later)
      soon = setTimeout(function () { answer(true) }, 120)
      // Once the typing stops, the last word is a word and not the beginning of one.
      later = setTimeout(function () {
        answer(false)
        keep()
      }, 700)
    })
    form.addEventListener('submit', function (event) {
      clearTimeout(soon)
      clearTimeout(later)
      if (!field.value.trim()) event.preventDefault()
      if (!here) return
      event.preventDefault()
      answer(false)
      keep()
    })
    holder.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') {
        if (box.hidden && !field.value) return
        event.preventDefault()
        event.stopPropagation()
        if (small && document.activeElement !== field) field.focus()
        else if (!small) field.value = ''
        close()
        if (!small) field.focus()
        keep()
        return
      }
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      var links = Array.prototype.slice.call(box.querySelectorAll('a'))
      var at = links.indexOf(document.activeElement)
      if (!links.length || (at < 0 && document.activeElement !== field)) return
      if (at < 0 && event.key === 'ArrowUp') return
      event.preventDefault()
      event.stopPropagation()
      if (event.key === 'ArrowUp' && at === 0) return field.focus()
      links[Math.min(at + (event.key === 'ArrowDown' ? 1 : -1), links.length - 1)].focus()
    })
    if (small) {
      holder.addEventListener('focusout', function (event) {
        if (event.relatedTarget && !holder.contains(event.relatedTarget)) close()
      })
      document.addEventListener('click', function (event) {
        if (!holder.contains(event.target)) close()
      })
    }
    if (here) {
      var asked = new URLSearchParams(location.search).get('q')
      if (asked) {
        field.value = asked
        answer(false)
      }
    }
    // What a browser kept in the field of a page that was left and came back to.
    if (!small && field.value && !last) answer(false)
  }

  function begin() {
    var forms = Array.prototype.slice.call(document.querySelectorAll('form.cb-search'))
    forms.forEach(start)
    document.addEventListener('keydown', function (event) {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
      var at = document.activeElement
      if (at && (/^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable)) return
      var fields = forms.map(function (form) { return form.querySelector('input[type=search]') }).filter(shown)
      var field = fields.filter(function (one) { return !one.closest('.cb-searching--header') })[0] || fields[0]
      if (!field) return
      event.preventDefault()
      field.focus()
      field.select()
    })
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', begin)
  else begin()

})()
