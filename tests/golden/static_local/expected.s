	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n.1(%rip), %eax
	addl	$1, %eax
	movl	%eax, n.1(%rip)
	ret
	.size	f, .-f
f.Lfe:
	.globl	g
	.type	g, @function
g:
	movl	n.0(%rip), %eax
	addl	$2, %eax
	movl	%eax, n.0(%rip)
	ret
	.size	g, .-g
	.globl	h
	.type	h, @function
h:
	call	g
	ret
	.size	h, .-h
	.data
	.align 4
	.type	n.0, @object
	.size	n.0, 4
n.0:
	.long	4
	.align 4
	.type	n.1, @object
	.size	n.1, 4
n.1:
	.long	4
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	movl	m.1.kpatch(%rip), %eax
	addl	%eax, %eax
	movl	%eax, m.1.kpatch(%rip)
	movl	n.1(%rip), %ecx
	leal	1(%rcx), %edx
	movl	%edx, n.1(%rip)
	addl	%edx, %eax
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.data,"R",@progbits
	.align 4
	.type	m.1.kpatch, @object
m.1.kpatch:
	.long	1
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
#----- kpatch end -----
